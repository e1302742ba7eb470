"""The page's recorder, in a Chromium whose microphone plays a file: compared with what was played."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile
import soxr
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.conftest import ARGUMENTS, launch
from tests.ui.page_site import PageSite

RATE = 48000
LEVELS = (0.1, 0.007)
"""Of the left channel and the right one: -23 and -46 dBFS, which call processing would even out."""


def played() -> np.ndarray:
    """Eight seconds that nowhere repeat: ``(samples, 2)`` at 48 kHz; the fake microphone plays them again and again."""
    t = np.arange(8 * RATE) / RATE
    phases = (200 * t + 150 * t**2, 4000 * t - 200 * t**2)
    return np.stack([level * np.sin(2 * np.pi * phase) for level, phase in zip(LEVELS, phases)], axis=1)


@pytest.fixture(scope="module")
def recording_browser(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    path = tmp_path_factory.mktemp("microphone") / "played.wav"
    soundfile.write(path, played(), RATE, subtype="PCM_16")
    resolver = "--host-resolver-rules=MAP studio.local 127.0.0.1"
    made = launch(browser.browser_type, [*ARGUMENTS, f"--use-file-for-fake-audio-capture={path}", resolver])
    yield made
    made.close()


def open_recorder(browser: Browser, url: str) -> tuple[Page, Locator]:
    page = browser.new_context(permissions=["microphone"]).new_page()
    page.goto(url + "/models/harpist/quick")
    page.get_by_role("button", name="Record", exact=True).click()
    return page, page.get_by_role("group", name="Recorder")


def record(page: Page, recorder: Locator, seconds: int) -> None:
    recorder.get_by_role("button", name="Record").click()
    expect(recorder.get_by_role("status")).to_have_text(_at_least(seconds))
    recorder.get_by_role("button", name="Stop").click()
    expect(recorder.get_by_role("button", name="Record again")).to_be_visible()


def _at_least(seconds: int) -> re.Pattern[str]:
    return re.compile(f"^({'|'.join(map(str, range(seconds, 60)))})\\.")


def sent(page: Page, site: PageSite) -> np.ndarray:
    """Return what the page sent last and shows: ``(samples, channels)`` at 48 kHz."""
    link = page.locator(".hp-input-view audio").get_attribute("src")
    assert link
    relative = link.rpartition("file=")[2]
    got, rate = soundfile.read(site.settings.work / relative, always_2d=True)
    return soxr.resample(got, rate, RATE)


def place_in(sound: np.ndarray, whole: np.ndarray) -> int:
    """Return where ``sound (n,)`` lies in ``whole (m,)``, in samples."""
    size = 1 << (len(whole) + len(sound)).bit_length()
    match = np.fft.irfft(np.fft.rfft(whole, size) * np.conj(np.fft.rfft(sound, size)), size)
    return int(np.argmax(match[: len(whole)]))


def likeness(part: np.ndarray) -> tuple[float, float]:
    """Return the gain of a part of a recording, ``(samples, 2)``, and its error in dB, of the worse channel."""
    original = np.concatenate([played(), played()])
    at = place_in(part[:, 0], original[:, 0])
    found = []
    for channel in (0, 1):
        expected = original[at : at + len(part), channel]
        error = part[:, channel] - expected
        gain = float((part[:, channel] @ expected) / (expected @ expected))
        found.append((gain, float(10 * np.log10((error @ error) / (expected @ expected)))))
    return max(found, key=lambda pair: pair[1])


def test_a_recording_is_what_was_played_and_its_trim_is_what_is_sent(
    recording_browser: Browser, site: PageSite
) -> None:
    page, recorder = open_recorder(recording_browser, site.url)
    record(page, recorder, 4)
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("recording.wav")
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("stereo")
    whole = sent(page, site)
    # On a busy machine the browser now and then loses a block of what it plays: a second without a loss says all.
    found = [likeness(whole[at : at + RATE]) for at in range(RATE // 2, 3 * RATE, RATE // 4)]
    gain, error = min(found, key=lambda pair: pair[1])
    assert gain == pytest.approx(1.0, abs=0.01), "no gain control"
    assert error < -40, "no noise suppression, nothing lossy"

    recorder.get_by_label("Start (s)").fill("1.5")
    recorder.get_by_label("End (s)").fill("3.5")
    expect(recorder.get_by_role("status")).to_contain_text("2.00 s of")
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("2.0 s ·")
    trimmed = sent(page, site)
    assert len(trimmed) == pytest.approx(2 * RATE, abs=2)
    inner = slice(2000, 2 * RATE - 2000)  # away from the ends, which bringing to one rate rounds off
    assert np.allclose(trimmed[inner], whole[int(1.5 * RATE) :][inner], atol=1e-3), "from 1.5 to 3.5 s"
    page.context.close()


def test_a_closed_recorder_ends_its_recording_and_a_second_one_takes_its_place(
    recording_browser: Browser, site: PageSite
) -> None:
    page, recorder = open_recorder(recording_browser, site.url)
    recorder.get_by_role("button", name="Record").click()
    expect(recorder.get_by_role("status")).to_have_text(_at_least(1))
    page.get_by_role("button", name="Close recorder").click()
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    first = page.locator(".hp-input-view audio").get_attribute("src")
    page.get_by_role("button", name="Record", exact=True).click()
    record(page, recorder, 1)
    expect(page.locator(".hp-input-view audio")).not_to_have_attribute("src", str(first))
    page.context.close()


def test_recording_over_plain_http_says_what_it_needs(recording_browser: Browser, site: PageSite) -> None:
    complaints: list[str] = []
    page = recording_browser.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.goto(site.url.replace("localhost", "studio.local") + "/models/harpist/quick")
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text(
        "Recording needs https or localhost: to a page over plain http a browser gives no microphone."
    )
    expect(page.get_by_role("group", name="Recorder").get_by_role("button", name="Record")).to_be_disabled()
    assert complaints == []
    page.close()


def test_a_microphone_that_is_refused_is_told_of(browser: Browser, site: PageSite) -> None:
    page, recorder = open_recorder(browser, site.url)
    page.evaluate(
        """() => {
            navigator.mediaDevices.getUserMedia = async () => { throw new DOMException("", "NotAllowedError"); };
        }"""
    )
    recorder.get_by_role("button", name="Record").click()
    expect(recorder.get_by_role("alert")).to_contain_text("This page may not use the microphone: allow it")
    page.context.close()
