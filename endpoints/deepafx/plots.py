"""Pictures of a training and of a comparison, as PNG, drawn with Pillow, which comes with the server's pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.evaluating import Compared
from endpoints.deepafx.pairs import Pair
from endpoints.deepafx.schedule import Look

_SIZE = 900, 420
_LEFT, _TOP, _RIGHT, _BOTTOM = 80, 50, 870, 370
_COLOURS = "#1f5fa8", "#c8553d", "#3a7d44", "#7a5195"
_INK, _FAINT = "#222222", "#dddddd"

Line = tuple[Sequence[float], Sequence[float]]
"""Where, and how much."""


def draw_learning(looks: Sequence[Look], path: Path) -> None:
    """Draw the loss over the steps of all stages, while learning and on held-out sound."""
    steps: list[float] = []
    before = last = 0
    for look in looks:
        if look.step <= last:
            before += last
        last = look.step
        steps.append(float(before + look.step))
    lines: dict[str, Line] = {
        "learning": (steps, [look.loss for look in looks]),
        "held out": (steps, [look.held_out for look in looks]),
    }
    draw_lines(lines, "Loss", "step", path)


def draw_comparison(compared: Compared, pair: Pair, folder: Path) -> list[Path]:
    """Draw ``distances.png``, and ``levels.png`` of the first pair, into a folder; return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    bars, levels = folder / "distances.png", folder / "levels.png"
    groups = {
        "MFCC cosine distance": [one.mfcc for _, one in compared.rows],
        "mean abs. difference": [one.in_phase for _, one in compared.rows],
        "loss": [one.loss for _, one in compared.rows],
    }
    draw_bars(groups, [name for name, _ in compared.rows], "Distance from what it should be: less is nearer", bars)
    sounds = {"as it was": pair.before, "as it should be": pair.after, "learnt": compared.examples[1]}
    draw_lines({name: _levels(sound) for name, sound in sounds.items()}, "Level of the first sound (dB)", "s", levels)
    return [bars, levels]


def draw_lines(lines: Mapping[str, Line], title: str, along: str, path: Path) -> None:
    """Draw lines over one axis, from the least to the greatest of all."""
    picture, pen = _blank(title)
    places = np.concatenate([np.asarray(line[0], float) for line in lines.values()] or [np.zeros(1)])
    values = np.concatenate([np.asarray(line[1], float) for line in lines.values()] or [np.zeros(1)])
    left, right = _range(places)
    low, high = _range(values)
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        y = _BOTTOM - share * (_BOTTOM - _TOP)
        pen.line([(_LEFT, y), (_RIGHT, y)], _FAINT)
        pen.text((_LEFT - 8, y), f"{low + share * (high - low):.3g}", _INK, _font(14), anchor="rm")
        x = _LEFT + share * (_RIGHT - _LEFT)
        pen.text((x, _BOTTOM + 8), f"{left + share * (right - left):.3g} {along}", _INK, _font(14), anchor="ma")
    for number, (name, (at, much)) in enumerate(lines.items()):
        xs = _LEFT + (np.asarray(at, float) - left) / (right - left) * (_RIGHT - _LEFT)
        ys = _BOTTOM - (np.asarray(much, float) - low) / (high - low) * (_BOTTOM - _TOP)
        pen.line(list(zip(xs.tolist(), ys.tolist())), _COLOURS[number % 4], 2)
        pen.text((_RIGHT - 160 * (len(lines) - number), 20), name, _COLOURS[number % 4], _font(16), anchor="lm")
    picture.save(path)


def draw_bars(groups: Mapping[str, Sequence[float]], names: Sequence[str], title: str, path: Path) -> None:
    """Draw groups of bars from 0, each group on a scale of its own."""
    picture, pen = _blank(title)
    wide = (_RIGHT - _LEFT) / len(groups)
    for place, (group, values) in enumerate(groups.items()):
        start, bar = _LEFT + place * wide, wide / (len(values) + 1)
        pen.text((start + wide / 2 - bar / 2, _BOTTOM + 8), group, _INK, _font(16), anchor="ma")
        for number, value in enumerate(values):
            x, y = start + number * bar, _BOTTOM - 0.85 * value / (max(values) or 1.0) * (_BOTTOM - _TOP)
            pen.rectangle([(x, y), (x + 0.8 * bar, _BOTTOM)], _COLOURS[number % 4])
            pen.text((x + 0.4 * bar, y - 4), f"{value:.3g}", _INK, _font(14), anchor="mb")
    for number, name in enumerate(names):
        pen.text((_LEFT + 160 * number, _BOTTOM + 34), name, _COLOURS[number % 4], _font(16), anchor="la")
    picture.save(path)


def _blank(title: str) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    picture = Image.new("RGB", _SIZE, "white")
    pen = ImageDraw.Draw(picture)
    pen.text((_LEFT, 20), title, _INK, _font(18), anchor="lm")
    pen.line([(_LEFT, _BOTTOM), (_RIGHT, _BOTTOM)], _INK)
    return picture, pen


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _range(values: NDArray[np.float64]) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    return (low, high) if high > low else (low, low + 1.0)


def _levels(sound: NDArray[np.float32]) -> Line:
    frame = RATE // 10
    frames = sound[: len(sound) // frame * frame].reshape(-1, frame).astype(np.float64)
    decibels = 10 * np.log10((frames**2).mean(axis=1) + 1e-9)
    return (np.arange(len(decibels)) / 10).tolist(), decibels.tolist()
