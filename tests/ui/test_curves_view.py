"""The curves of a settings file, whatever is in it."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from app.ui.curves_view import curves_html, read_settings


def knob(**more: Any) -> dict[str, Any]:
    return {
        "label": "Ratio <b>",
        "minimum": 1.0,
        "maximum": 16.0,
        "scale": "logarithmic",
        "told": "2:1 to 4:1",
        "times": [0.0, 2.0],
        "values": [2.0, 4.0],
        **more,
    }


def data(*knobs: Any, **more: Any) -> dict[str, Any]:
    effects = [{"name": "Compressor", "parameters": [*knobs, {"name": "attack", "value": 5.0}]}]
    return {"format": "harpist-settings", "seconds": 4.0, "effects": effects, **more}


def written(path: Path, content: Any) -> Path:
    text = content if isinstance(content, str) else json.dumps(content)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("settings.json", text)
    else:
        path.write_text(text)
    return path


@pytest.mark.parametrize("name", ["a.json", "a.zip"])
def test_what_moves_is_drawn_and_what_stays_is_told(name: str, tmp_path: Path) -> None:
    still = knob(label="Threshold", told="-20 dB", times=[0.0], values=[2.0])
    found = read_settings(written(tmp_path / name, data(knob(), still)))
    assert found is not None
    seconds, curves, heading = found
    assert seconds == 4.0 and [curve.moves for curve in curves] == [True, False]
    assert curves[0].points == ((0.0, pytest.approx(0.25)), (2.0, pytest.approx(0.5)))
    html = curves_html(seconds, curves, heading)
    assert "<h3>What the knobs did</h3>" in html
    assert "<h3>&lt;i&gt;</h3>" in curves_html(seconds, curves, "<i>")
    assert "Ratio &lt;b&gt;" in html and html.count("<polyline") == 1 and "2:1 to 4:1" in html
    assert "<dt>Compressor · Threshold</dt><dd>-20 dB</dd>" in html
    # At a quarter of the height until the first point, at a half from the second on, to the end.
    assert 'points="0.0,44.0 0.0,44.0 300.0,30.0 600.0,30.0"' in html


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[" * 100_000,
        [],
        {"format": "other"},
        data(seconds=0),
        data(seconds="NaN"),
        data(knob(minimum=0.0)),
        data(knob(maximum=1.0)),
        data(knob(values=["x", "y"])),
        data(knob(times=[0.0, float("inf")])),
        data(knob(times=[], values=[])),
        data(knob(times=[0.0] * 5000, values=[2.0] * 5000)),
        data(7),
        data(effects=[{"name": "x"}]),
    ],
)
def test_anything_else_is_drawn_as_nothing(content: Any, tmp_path: Path) -> None:
    assert read_settings(written(tmp_path / "a.json", content)) is None


def test_a_zip_that_is_none_is_drawn_as_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 nothing")
    assert read_settings(tmp_path / "a.zip") is None
    with zipfile.ZipFile(tmp_path / "b.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("settings.json", b" " * (40 << 20))
    assert read_settings(tmp_path / "b.zip") is None
    assert read_settings(tmp_path / "none.json") is None
