"""The pages of ``docs/`` that are made from the code; ``python -m tests.documentation`` writes them anew."""

from __future__ import annotations

from pathlib import Path

from app.config import SETTINGS, environment_name
from endpoints.bundled import NAMES, load

DOCS = Path(__file__).parent.parent / "docs"


def settings_page() -> str:
    rows = ["| flag | environment | default | unit | what it does |", "| --- | --- | --- | --- | --- |"]
    for name, item in SETTINGS.items():
        default = "" if item.default in ((), "", False) else f"`{item.default}`"
        flag = f"`--{name.replace('_', '-')}`"
        cells = [flag, f"`{environment_name(name)}`", default, item.metadata["unit"], item.metadata["help"]]
        rows.append(f"| {' | '.join(cells)} |")
    table = "\n".join(rows)
    return f"""# Settings

A setting comes from its flag, else from the environment, else it has its default: `python -m app serve --port 8000`, or
`HARPIST_PORT=8000 make run`. `--model` may be given many times; in the environment its values are separated by commas.

{table}
"""


def models_page() -> str:
    sections = []
    for name in NAMES:
        model = load(name)
        facts = model.metadata
        labels = [str(label) for label in facts["labels"]]  # type: ignore[attr-defined]
        shown = ", ".join(labels) if len(labels) <= 25 else f"{labels[0]} to {labels[-1]}, {len(labels)} in all"
        kind = "stems" if facts["effect_type"] == "waveform-to-waveform" else "labels"
        channels = "two channels at once" if facts["multichannel"] else "one channel at a time"
        sections.append(f"""## {facts["name"]}

`{model.id}` — {facts["long_description"]}

- comes back: {kind}: {shown}
- runs at {facts["sample_rate"]} Hz, {channels}
- paper: {model.paper}
- source: [`endpoints/bundled/{name}.py`](../endpoints/bundled/{name}.py), its accuracy in
  [`tests/endpoints/bundled/test_{name}.py`](../tests/endpoints/bundled/test_{name}.py)
""")
    head = """# The bundled models

Written in plain PyTorch, exported as audacitorch models at the first start, each following a published method. What
each is worth is stated in its test: signals whose right answer is known, and how near it must come.
"""
    return "\n".join([head, *sections])


PAGES = {"settings.md": settings_page, "models.md": models_page}

if __name__ == "__main__":
    for page, make in PAGES.items():
        (DOCS / page).write_text(make(), encoding="utf-8")
