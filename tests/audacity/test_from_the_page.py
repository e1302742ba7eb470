"""A model's page and the real Audacity beside it: its selection in, results back, and a job that is cancelled."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, expect, sync_playwright

from tests.audacity.music import music, rest_is_silent
from tests.audacity.real import NEEDED, RealAudacity
from tests.browser.conftest import ARGUMENTS, launch
from tests.server.running import run_server
from tests.ui.page_site import page_site

pytestmark = [NEEDED, pytest.mark.slow]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Only as long as this file's tests: Playwright's event loop would stand in the way of all others."""
    with sync_playwright() as playwright:
        made = launch(playwright.chromium, ARGUMENTS)
        yield made
        made.close()


def test_two_tracks_one_after_the_other(real: RealAudacity, bundled_home: Path, browser: Browser, tmp_path: Path):
    sounds = [music(tmp_path / f"{name}.wav", 44100, 2) for name in ("Flöte", "Trommel")]
    real.empty()
    real.do(*(f'Import2: Filename="{tmp_path / name}.wav"' for name in ("Flöte", "Trommel")))
    real.do("Select: Start=1 End=4 Track=0 TrackCount=2 Mode=Set")
    with run_server(bundled_home) as server:
        httpx.get(server.model("harpist/harmonic-percussive") + "/", timeout=120).raise_for_status()
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(server.model("harpist/harmonic-percussive") + "/")
        page.get_by_role("button", name="Take Audacity's selection").click()
        for number, name in enumerate(("Flöte", "Trommel"), start=1):
            expect(page.get_by_text(f"Track {number} of 2 of Audacity's selection: {name}.")).to_be_visible(
                timeout=60_000
            )
            # What is still shown came of the track before: it must not come under this one.
            expect(page.get_by_role("button", name="Into Audacity")).to_be_hidden()
            page.get_by_role("button", name="Process").click()
            page.get_by_role("button", name="Into Audacity").click()
            expect(page.get_by_text(f"In Audacity, under {name}.")).to_be_visible(timeout=60_000)
    assert real.names() == [
        "Flöte", "Flöte-harmonic", "Flöte-percussive", "Trommel", "Trommel-harmonic", "Trommel-percussive"
    ]  # fmt: skip
    for first, sound in ((1, sounds[0]), (4, sounds[1])):
        parts = [soundfile.read(real.export(track, 2, 8), dtype="float32")[0] for track in (first, first + 1)]
        assert all(rest_is_silent(part, 44100, 4 * 44100) for part in parts)
        assert np.abs(parts[0] + parts[1] - sound[: 4 * 44100])[44100:].max() < 2e-7


def test_a_job_over_its_selection_is_cancelled(real: RealAudacity, browser: Browser, tmp_path: Path):
    music(tmp_path / "Chor.wav", 48000, 1)
    real.empty()
    real.do(f'Import2: Filename="{tmp_path / "Chor.wav"}"', "Select: Start=2 End=4 Track=0 TrackCount=1 Mode=Set")
    (home := tmp_path / "site").mkdir()
    with page_site(home) as site:
        httpx.get(site.endpoint("slow") + "/", timeout=120).raise_for_status()
        page = browser.new_page()
        page.set_default_timeout(60_000)
        page.goto(site.endpoint("slow") + "/")
        page.get_by_role("button", name="Take Audacity's selection").click()
        expect(page.get_by_text("Audacity's selection: Chor.")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Process").click()
        page.get_by_role("button", name="Cancel").click()
        expect(page.get_by_text("Cancelled. Ready for the next run.")).to_be_visible(timeout=60_000)
        end = time.monotonic() + 30
        while site.open_jobs():
            assert time.monotonic() < end, "the work stops"
            time.sleep(0.05)
        expect(page.get_by_role("button", name="Into Audacity")).to_have_count(0)
        assert (real.names(), real.selected(), real.undo_step()) == (["Chor"], ["Chor"], "Undo Import")

        # Nor is the next job in its way.
        page.goto(site.endpoint("quick") + "/")
        page.get_by_role("button", name="Take Audacity's selection").click()
        expect(page.get_by_text("Audacity's selection: Chor.")).to_be_visible(timeout=60_000)
        page.get_by_role("button", name="Process").click()
        page.get_by_role("button", name="Into Audacity").click()
        expect(page.get_by_text("In Audacity, under Chor.")).to_be_visible(timeout=60_000)

        # The same selection once more: what was computed before comes again, and is offered again.
        page.get_by_role("button", name="Take Audacity's selection").click()
        expect(page.get_by_role("button", name="Into Audacity")).to_be_hidden(timeout=60_000)
        page.get_by_role("button", name="Process").click()
        page.get_by_role("button", name="Into Audacity").click()
        expect(page.get_by_text("In Audacity, under Chor.")).to_be_visible(timeout=60_000)
    assert real.names() == ["Chor", *["Chor-Harmonic", "Chor-Percussive"] * 2]
