from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
COMPONENT = """
from gradio.components import Textbox

class Mine(Textbox):
    EVENTS = ["tap"]

assert hasattr(Mine, "tap") and Mine(label="Name").get_config()["label"] == "Name"
"""


def test_a_component_works_and_gets_no_file_beside_it(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(COMPONENT)
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import app.ui, mine"
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert [path.name for path in tmp_path.iterdir()] == ["mine.py"]
