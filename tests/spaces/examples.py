"""The finished examples in ``spaces/examples``; ``python -m tests.spaces.examples`` writes them anew.

What every Space carries beside these files is left out of them: the code in ``app/`` and the models in ``models/``.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from app.registry import Registry
from app.spaces.folder import SpaceModel, space_texts

ROOT = Path(__file__).parent.parent.parent
FOLDER = ROOT / "spaces" / "examples"
EXAMPLES = {
    "gradio": ("harpist/harmonic-percussive",),
    "zerogpu": ("harpist/noise-reduction",),
    "docker": ("harpist/voice-activity", "harpist/chords"),
}
"""Kind → the models of its example."""


def models(bundled: Path, ids: tuple[str, ...]) -> list[SpaceModel]:
    """Return bundled models as a Space takes them, from the folder into which they were exported."""
    registry = Registry()
    for endpoint_id in ids:
        registry.add_folder(endpoint_id, bundled / endpoint_id, bundled / endpoint_id / "profile.json")
    return [SpaceModel(registry.get(endpoint_id), bundled / endpoint_id) for endpoint_id in ids]


def example(bundled: Path, kind: str) -> dict[str, str]:
    """Return the files of one example, by name."""
    return space_texts(models(bundled, EXAMPLES[kind]), kind)


def main() -> None:
    with tempfile.TemporaryDirectory() as bundled:
        command = [sys.executable, "-m", "endpoints.bundled", "--out", bundled]
        subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
        for kind in EXAMPLES:
            folder = FOLDER / kind
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in example(Path(bundled), kind).items():
                (folder / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
