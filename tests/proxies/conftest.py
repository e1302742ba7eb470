from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import browser  # noqa: F401
from tests.proxies.cases import CASES, SHORT, Scene, scene
from tests.proxies.programs import program

HERE = Path(__file__).parent


@pytest.fixture(
    scope="package", params=[case if case in SHORT else pytest.param(case, marks=pytest.mark.slow) for case in CASES]
)
def behind(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """A server behind a proxy, and a system that trusts that proxy's certificate."""
    with pytest.MonkeyPatch.context() as patch, scene(CASES[request.param], tmp_path_factory.mktemp("scene")) as made:
        if made.certificate is not None:
            for name in ("SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"):
                patch.setenv(name, str(made.certificate))
        yield made


@pytest.fixture(scope="session")
def node() -> str:
    """Node, with Gradio's client for JavaScript at hand, which ``make test`` installs."""
    found = program("node")
    if not (HERE / "node_modules" / "@gradio" / "client").exists():
        pytest.skip("npm could not fetch Gradio's client for JavaScript: make proxies")
    return found
