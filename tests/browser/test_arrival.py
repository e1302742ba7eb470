"""What becomes of a file that a page is given: it arrives, the browser decodes it, or why not stays to be read."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import Browser, Page, expect

from tests.audio.media_files import WIDE_FLAC, encode
from tests.server.running import run_server
from tests.ui.page_site import PageSite

RATE = 44100
RICH = {"b": "256000"}


def open_model(browser: Browser, url: str, name: str = "quick") -> Page:
    page = browser.new_page()
    page.goto(f"{url}/models/harpist/{name}", timeout=120_000)  # the first one has Gradio imported
    page.get_by_role("button", name="Process").wait_for()
    return page


def choose(page: Page, path: Path) -> None:
    page.locator(".hp-drop input[type=file]").set_input_files(path)


def drop(page: Page, path: Path) -> None:
    """Let go of a file over the drop zone, as a mouse does."""
    data = page.evaluate_handle(
        """([content, name]) => {
            const moved = new DataTransfer();
            moved.items.add(new File([Uint8Array.from(atob(content), one => one.charCodeAt(0))], name));
            return moved;
        }""",
        [b64encode(path.read_bytes()).decode(), path.name],
    )
    page.locator(".hp-drop button").first.dispatch_event("drop", {"dataTransfer": data})


def stays_and_can_be_mended(page: Page, sentence: str | re.Pattern[str], good: Path) -> None:
    """The sentence is there, and still there after Process; a good file takes its place."""
    alert = page.get_by_role("alert").filter(has_text=sentence)
    expect(alert).to_have_count(1)
    page.get_by_role("button", name="Process").click()
    expect(alert).to_have_count(1)
    expect(page.locator(".hp-arrival")).to_be_focused()
    assert "none was sent" not in page.content()
    choose(page, good)
    expect(page.locator(".hp-input-view [data-player]")).to_have_count(1)
    expect(page.locator(".hp-arrival [role]")).to_have_count(0)


def sweep(seconds: float = 1.5) -> np.ndarray:
    """A tone that rises on the left and falls on the right: ``(2, samples)`` at 44.1 kHz."""
    t = np.arange(int(seconds * RATE)) / RATE
    phases = (200 * t + 500 * t**2, 3000 * t - 400 * t**2)
    return np.stack([0.25 * np.sin(2 * np.pi * phase) for phase in phases]).astype(np.float32)


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def error(got: np.ndarray, sound: np.ndarray) -> float:
    """The worst channel's error against the sound (dB), wherever ``got (samples, channels)`` has it within 3000."""
    padded = np.pad(got, ((2000, 0), (0, 0)))
    at = int(np.argmax(np.correlate(padded[:, 0], sound[0, :20000], "valid")[:5000]))
    kept, wanted = padded[at + 2000 : at + 60000].T, sound[:, 2000:60000]
    return float(10 * np.log10(np.mean((kept - wanted) ** 2, axis=1) / np.mean(wanted**2, axis=1)).max())


@pytest.mark.parametrize("how", [choose, drop])
def test_a_file_that_the_server_cannot_decode_is_decoded_by_the_browser(
    browser: Browser, site: PageSite, tmp_path: Path, how
) -> None:
    sound = sweep()
    name = f"voice memo {how.__name__}"
    page = open_model(browser, site.url)
    how(page, write(tmp_path / f"{name}.m4a", encode("ipod", "aac", sound, RATE, "fltp", RICH)))
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("44.1 kHz · stereo")
    [sent] = site.settings.work.glob(f"uploads/*/{name}.wav")
    got, rate = soundfile.read(sent, dtype="float32")
    assert (soundfile.info(sent).subtype, rate) == ("FLOAT", RATE), "at its own rate, and nothing clipped"
    assert abs(len(got) - sound.shape[1]) <= 2048, "AAC counts in blocks"
    assert error(got, sound) < -25
    page.close()


@pytest.mark.parametrize(
    ("kind", "rate", "most"), [("webm", 48000, -20.0), ("aac", RATE, -25.0), ("flac", RATE, -140.0)]
)
def test_other_kinds_are_decoded_too(browser: Browser, site: PageSite, tmp_path: Path, kind, rate, most) -> None:
    sound = sweep()
    if kind == "webm":
        content = encode("webm", "libopus", sound, rate, "flt", RICH)
    elif kind == "aac":
        content = encode("adts", "aac", sound, rate, "fltp", RICH)
    else:
        content = wide_flac(sound[:1])
    page = open_model(browser, site.url)
    choose(page, write(tmp_path / f"a {kind}.{kind}", content))
    expect(page.locator(".hp-input-view figcaption")).to_contain_text(f"{rate / 1000:g} kHz")
    [sent] = site.settings.work.glob(f"uploads/*/a {kind}.wav")
    got, told = soundfile.read(sent, dtype="float32", always_2d=True)
    assert told == rate
    assert error(got, sound[: got.shape[1]]) < most
    page.close()


def test_what_a_browser_decodes_wrongly_is_left_to_the_server(browser: Browser, site: PageSite, tmp_path: Path) -> None:
    """Chromium takes both channels of 32-bit FLAC for their mean, where they are stored as mean and difference."""
    page = open_model(browser, site.url)
    content = wide_flac(sweep())
    choose(page, write(tmp_path / "wide.flac", content))
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("wide.flac")
    [sent] = site.settings.work.glob("uploads/*/wide.*")
    assert sent.read_bytes() == content
    page.close()


def wide_flac(sound: np.ndarray) -> bytes:
    samples = np.round(sound.astype(np.float64) * 2**31).astype(np.int32)
    return encode("flac", "flac", samples, RATE, "s32", WIDE_FLAC)


def test_what_nobody_can_decode_gets_a_sentence(browser: Browser, site: PageSite, tmp_path: Path) -> None:
    broken = tmp_path / "broken.m4a"
    broken.write_bytes(b"\0\0\0\x18ftypM4A " + b"\0" * 400)
    page = open_model(browser, site.url)
    choose(page, broken)
    stays_and_can_be_mended(page, "Neither this server nor your browser can decode broken.m4a; send it as", site.tone)
    page.close()


def test_every_ending_is_taken(browser: Browser, site: PageSite, tmp_path: Path) -> None:
    page = open_model(browser, site.url)
    zone = page.locator(".hp-drop input[type=file]")
    expect(zone).to_have_attribute("accept", re.compile(r"^audio/\*,\.wav,.*\.aifc,.*\.m4a,"))
    shutil.copy(site.tone, tmp_path / "take.L16")
    drop(page, tmp_path / "take.L16")
    expect(page.locator(".hp-input-view figcaption")).to_contain_text("take.L16")
    page.close()


@contextmanager
def nginx(folder: Path, upstream: str, most: str) -> Iterator[str]:
    """A proxy that lets bodies of ``most`` through; gives its address."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder.mkdir()
    (folder / "nginx.conf").write_text(
        f"daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/bodies; proxy_temp_path {folder}/answers;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n"
        f"server {{ listen 127.0.0.1:{port}; client_max_body_size {most}; location / {{\n"
        f"proxy_pass {upstream}; proxy_set_header Host $http_host; proxy_buffering off; }} }} }}\n"
    )
    process = subprocess.Popen(["nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "errors"])
    try:
        deadline = time.monotonic() + 20
        while not (folder / "pid").exists():
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_why_a_proxy_refused_a_file_stays(browser: Browser, site: PageSite, tmp_path: Path) -> None:
    small = tmp_path / "small.wav"
    soundfile.write(small, np.full((RATE, 1), 0.1), RATE)
    with nginx(tmp_path / "nginx", site.url, "100k") as url:
        page = open_model(browser, url)
        choose(page, site.tone)
        stays_and_can_be_mended(page, "larger than a proxy in front of this server lets through (HTTP 413)", small)
        page.close()


def test_that_a_file_is_too_large_or_the_disk_full_stays(browser: Browser, bundled_home: Path, tmp_path: Path) -> None:
    """A server of its own, with a small disk where that can be had."""
    files = {name: tmp_path / f"{name}.wav" for name in ("larger", "large", "good")}
    for path, samples in zip(files.values(), (3_000_000, 1_800_000, RATE)):
        soundfile.write(path, np.full((samples, 1), 0.1), RATE)
    home, work = tmp_path / "home", tmp_path / "home" / "work"
    work.mkdir(parents=True)
    shutil.copytree(bundled_home / "bundled", home / "bundled")
    mount = ["mount", "-t", "tmpfs", "-o", "size=300m", "none", work]
    mounted = not subprocess.run(mount, capture_output=True, check=False).returncode
    try:
        with run_server(home, "--max-upload", "4") as server:
            page = open_model(browser, server.url, "noise-reduction")
            choose(page, files["larger"])
            expect(page.get_by_role("alert")).to_have_text(
                "larger.wav has 6.0 MB; this server takes at most 4.2 MB (its setting --max-upload)."
            )
            stays_and_can_be_mended(page, "at most 4.2 MB", files["good"])
            page.get_by_label("Clear").click()
            if mounted:  # only root can mount
                filler = work / "filler"
                with filler.open("wb") as file:
                    os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(work).free - 2_000_000)
                choose(page, files["large"])
                expect(page.get_by_role("alert")).to_contain_text(re.compile("disk (is|may be) full"))
                filler.unlink()
                stays_and_can_be_mended(page, re.compile("disk (is|may be) full"), files["good"])
            page.close()
    finally:
        if mounted:
            subprocess.run(["umount", "-l", work], check=True)


def test_a_server_that_is_gone_is_told_of(browser: Browser, tmp_path: Path, site: PageSite) -> None:
    page = open_model(browser, site.url)
    page.context.set_offline(True)
    choose(page, site.tone)
    alert = page.get_by_role("alert").filter(has_text="The upload broke off: the server cannot be reached")
    expect(alert).to_have_count(1)
    page.context.set_offline(False)
    stays_and_can_be_mended(page, "The upload broke off", site.tone)
    page.close()
