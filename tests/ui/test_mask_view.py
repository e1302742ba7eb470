"""A mask as a picture: each share a shade, in its place; and whatever else stands in a file draws nothing."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from app.ui.mask_view import Mask, mask_html, read_mask

GOOD: dict[str, Any] = {
    "format": "harpist-settings",
    "mask": {"label": "Let <b>", "highest": 22050, "values": [[0.0, 1.0, 1.0], [0.5, 0.5, 7]]},
}


def written(folder: Path, content: object) -> Path:
    path = folder / "course.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_neighbours_of_one_shade_are_one_rectangle(tmp_path: Path) -> None:
    mask = read_mask(written(tmp_path, GOOD))
    assert mask == Mask("Let <b>", 22050.0, ((0.0, 1.0, 1.0), (0.5, 0.5, 1.0)))
    html = mask_html(mask)
    assert "Let &lt;b&gt;" in html and "<b>" not in html and "0 to 22.1 kHz upwards" in html
    drawn = dict(re.findall(r'<path d="([^"]+)" fill-opacity="([^"]+)"/>', html))
    assert drawn == {"M0,0h2v1h-2z": "0.5", "M1,1h2v1h-2zM2,0h1v1h-1z": "1"}, "the lowest band stands below"


@pytest.mark.parametrize(
    "told",
    [
        {"values": []},
        {"values": [[]]},
        {"values": [[1], [1, 0]]},
        {"values": [["a"]]},
        {"values": [[True]]},
        {"values": [[float("nan")]]},
        {"values": [[0.5]] * 65},
        {"values": [[0.5] * 1001]},
        {"values": 3},
        {"highest": 0},
        {"highest": float("inf")},
        {"highest": None},
    ],
)
def test_what_is_no_mask_draws_nothing(tmp_path: Path, told: dict[str, Any]) -> None:
    assert read_mask(written(tmp_path, {**GOOD, "mask": {**GOOD["mask"], **told}})) is None


@pytest.mark.parametrize("content", ["", "[]", "{", "[" * 100_000, {"format": "other"}, {"format": "harpist-settings"}])
def test_another_file_draws_nothing(tmp_path: Path, content: object) -> None:
    assert read_mask(written(tmp_path, content)) is None
    assert read_mask(tmp_path / "there-is-none.json") is None
