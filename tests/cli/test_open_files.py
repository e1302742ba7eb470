from __future__ import annotations

import subprocess
import sys

import pytest

CODE = """
import resource, sys
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]), int(sys.argv[2])))
from app.cli.open_files import connections
print(connections(), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
@pytest.mark.parametrize(
    ("soft", "hard", "told"),
    [(256, 4096, "1000 4096"), (256, 256, "64 256"), (64, 64, "8 64"), (512, 1024, "448 1024")],
)
def test_the_limit_is_raised_as_far_as_allowed_and_connections_fit_in(soft, hard, told):
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(soft), str(hard)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == told
