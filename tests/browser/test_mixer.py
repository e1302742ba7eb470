"""The mixer over several stems in a real Chromium: what is scheduled when, how loud, and by the keyboard alone."""

from __future__ import annotations

import re
import wave
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_endpoint_page import LAPTOP, PHONE, Open, no_sideways_scroll, open_page, process, send
from tests.ui.page_site import PageSite, write_tone

__all__ = ["open_page"]

LISTEN = """() => {
    window.started = []; window.gains = [];
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (when, offset, length) {
        const first = Array.from(this.buffer.getChannelData(0).slice(0, 50));
        window.started.push({ when, offset, samples: this.buffer.length, rate: this.buffer.sampleRate, first,
                              clock: this.context.sampleRate });
        return start.call(this, when, offset, length);
    };
    const target = AudioParam.prototype.setTargetAtTime;
    AudioParam.prototype.setTargetAtTime = function (value, ...rest) {
        window.gains.push(value);
        return target.call(this, value, ...rest);
    };
}"""


def separated(page: Page, sound: Path) -> None:
    send(page, sound)
    process(page)
    expect(page.locator(".hp-mixer [data-player]")).to_have_count(2)
    page.evaluate(LISTEN)


def gains(page: Page) -> list[float]:
    """What both stems were set to last."""
    return [round(gain, 3) for gain in page.evaluate("window.gains.slice(-2)")]


def test_all_stems_play_in_step_and_each_has_its_level(open_page: Open, tmp_path: Path) -> None:
    sound = write_tone(tmp_path / "song.wav", seconds=14.0)
    page = open_page("/models/harpist/quick")
    separated(page, sound)
    with wave.open(str(sound)) as file:
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)[:, 0] / 32768
    page.get_by_role("button", name="Play all together").click()
    expect(page.get_by_role("button", name="Pause all")).to_be_visible()
    page.wait_for_function("window.started.length >= 6")
    started: list[dict[str, Any]] = page.evaluate("window.started")
    pairs = list(zip(started[::2], started[1::2]))
    at = 0
    for number, (one, other) in enumerate(pairs):
        assert one["when"] == other["when"] and one["rate"] == one["clock"] == 44100
        # On the samples' own grid, and one after the other without a gap.
        assert abs(one["when"] * 44100 - round(one["when"] * 44100)) < 1e-3
        assert number == 0 or one["when"] == pytest.approx(pairs[0][0]["when"] + at / 44100, abs=1e-9)
        for part in (one, other):
            assert np.allclose(part["first"], samples[at : at + 50], atol=1e-6)
        at += one["samples"]
    assert [one["samples"] for one, _ in pairs[:3]] == [44_100, 220_500, 220_500]
    page.wait_for_function("Number(document.querySelector('[data-mix-seek]').value) > 0.4")
    heads = page.evaluate(
        "[...document.querySelectorAll('.hp-mixer [data-head]')].map(head => parseFloat(head.style.left))"
    )
    assert heads[0] > 2 and heads[0] == heads[1], "both playheads go with the mix"

    page.get_by_role("button", name="Solo Percussive").click()
    assert gains(page) == [0, 1]
    expect(page.get_by_role("button", name="Solo Percussive")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("slider", name="Level of Percussive").fill("-6")
    assert gains(page) == [0, 0.501]
    page.get_by_role("button", name="Solo Percussive").click()
    page.get_by_role("button", name="Mute Percussive").click()
    assert gains(page) == [1, 0]
    page.get_by_role("slider", name="Level of Harmonic").fill("-30")
    assert gains(page) == [0, 0]
    expect(page.locator("[data-decibels]").first).to_have_text("off")

    # A player by itself ends the mix, and goes on where it was.
    page.get_by_role("button", name="Play Harmonic").click()
    expect(page.get_by_role("button", name="Play all together")).to_be_visible()
    expect(page.get_by_role("button", name="Pause Harmonic")).to_be_visible()
    page.wait_for_function("document.querySelector('.hp-mixer audio').currentTime > 0.4")
    page.get_by_role("button", name="Play all together").click()
    expect(page.get_by_role("button", name="Play Harmonic")).to_be_visible()


def test_the_keyboard_alone_moves_plays_and_mixes(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/models/harpist/quick")
    separated(page, write_tone(tmp_path / "song.wav", seconds=9.0))
    play = page.get_by_role("button", name="Play all together")
    place = page.get_by_role("slider", name="Position in the mix")
    place.focus()
    place.press("End")
    expect(place).to_have_attribute("aria-valuetext", "0:09 of 0:09")
    place.press("Home")
    place.fill("7.9")
    play.focus()
    page.keyboard.press("Space")
    page.wait_for_function("window.started.length >= 2")
    assert page.evaluate("window.started[0].samples") == 44_100
    expect(page.get_by_role("button", name="Pause all")).to_be_focused()
    # It stops by itself at the end, and begins anew.
    expect(play).to_be_visible()
    expect(place).to_have_attribute("aria-valuetext", "0:00 of 0:09")
    order = ["Play all together", "Position in the mix"]
    for stem in ("Harmonic", "Percussive"):
        order += [f"Download {stem}", f"Play {stem}", f"Position in {stem}"]
        order += [f"Solo {stem}", f"Mute {stem}", f"Level of {stem}"]
    play.focus()
    met = []
    for _ in order:
        met.append(page.evaluate("document.activeElement.getAttribute('aria-label')"))
        page.keyboard.press("Tab")
    assert met == order
    page.get_by_role("button", name="Mute Harmonic").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".hp-mixer [data-player]").first).to_have_class(re.compile("hp-unheard"))
    # A click on a waveform moves the mix.
    page.locator(".hp-mixer [data-wave]").first.click(position={"x": 5, "y": 20})
    assert float(place.input_value()) < 1.0


@pytest.mark.parametrize(("name", "size", "scheme"), [("laptop", LAPTOP, "light"), ("phone", PHONE, "dark")])
def test_it_fits(
    open_page: Open, site: PageSite, tmp_path: Path, name: str, size: tuple[int, int], scheme: str
) -> None:
    page = open_page("/models/harpist/quick", size=size, scheme=scheme)
    separated(page, site.tone)
    page.get_by_role("button", name="Solo Harmonic").click()
    page.get_by_role("slider", name="Level of Percussive").fill("-12")
    assert no_sideways_scroll(page)
    box = page.locator(".hp-mixer").bounding_box()
    assert box is not None
    for part in page.locator(".hp-mixer :is(button, input, output, a)").all():
        inner = part.bounding_box()
        assert inner is not None and inner["width"] > 20 and inner["height"] >= 15
        touched = name == "phone" and part.evaluate("part => part.matches('button, input, a')")
        assert not touched or inner["height"] >= 44, part.get_attribute("aria-label")
        assert box["x"] <= inner["x"] and inner["x"] + inner["width"] <= box["x"] + box["width"] + 1
    page.locator(".hp-results").screenshot(path=tmp_path / f"{name}.png")
