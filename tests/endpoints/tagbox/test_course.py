"""The file from which curves are drawn: the share that was brought out, and what was heard when."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.ui.curves_view import curves_html, read_settings
from endpoints.tagbox.course import ShareMeter, course_bytes
from endpoints.tagbox.steering import Steered


def test_the_share_is_that_of_the_energy_and_none_of_silence() -> None:
    meter = ShareMeter(1000, 750)
    source = np.ones((2, 750))
    source[:, 500:] = 0
    brought = 0.5 * source
    brought[:, :250] = source[:, :250]
    for start, end in ((0, 100), (100, 600), (600, 750)):
        meter.push(brought[:, start:end], source[:, start:end])
    assert meter.shares() == ((0.0, 1.0), (0.25, 0.25), (0.5, 0.0))


def test_an_hour_has_no_more_points_than_a_page_can_draw() -> None:
    meter = ShareMeter(100, 360_000)
    for _ in range(36):
        meter.push(np.ones((1, 10_000)), np.ones((1, 10_000)))
    assert len(meter.shares()) == 2000 and meter.shares()[-1] == (pytest.approx(3598.2), 1.0)


def test_the_page_draws_what_was_heard_from_the_mixture_to_the_last_step(tmp_path: Path) -> None:
    windows = [(0.0, 10.0, Steered(0.1, (0.3, 0.5), 0.5, 20)), (10.0, 12.0, Steered(0.2, (0.4,), 0.4, 10))]
    path = tmp_path / "course.json"
    path.write_bytes(course_bytes("Drums <b>", 12.0, windows, ((0.0, 0.5), (6.0, 0.25))))
    found = read_settings(path)
    assert found is not None
    heard, share = found[1]
    assert heard.points == ((0.0, 0.1), (5.0, 0.3), (10.0, 0.5), (10.0, 0.2), (12.0, 0.4))
    assert heard.told == "10% to 50%" and share.points == ((0.0, 0.5), (6.0, 0.25))
    html = curves_html(*found)
    assert "What the tagger heard" in html and "Drums &lt;b&gt;" in html and "<b>Drums" not in html
    assert read_settings(_written(tmp_path / "silent.json", course_bytes("Drums", 12.0, [], ()))) == (
        12.0,
        [],
        found[2],
    )


def _written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path
