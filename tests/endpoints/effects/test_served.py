"""LV2 plugins as a musician meets them: through every HARP, over the command line, in the sandbox."""

from __future__ import annotations

import io
import subprocess
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.endpoint import Region, TrackFile
from app.plugins.effects import add_effect
from app.registry import Registry
from endpoints.effects.serving import Lv2Endpoint
from tests.lv2_plugins import CALF, needs_calf, needs_compiler, needs_lilv, trials
from tests.server.harp import begin, call, fetch, upload
from tests.server.running import command
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient

pytestmark = [needs_lilv, needs_compiler]

RATE = 44100
WITH_CHOICES = [kind for kind in CLIENTS if "dropdown" in kind.kinds]
"""HARP from 2.1 on."""


class Silent:
    def report(self, fraction: float) -> None:
        pass


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    registry = Registry()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LV2_PATH", str(trials()))
        specs = [registry.get(add_effect(registry, f"lv2:urn:harpist:{name}", 60.0)) for name in ("trial", "swap")]
    with site(tmp_path_factory.mktemp("home"), specs, workers=1) as made:
        yield made


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    sound = np.random.default_rng(6).normal(0, 0.1, (40000, 2))
    soundfile.write(path, sound, RATE, "PCM_24")
    return path


def read(source: Path | bytes) -> np.ndarray:
    opened = io.BytesIO(source) if isinstance(source, bytes) else source
    sound, rate = soundfile.read(opened, dtype="float32", always_2d=True)
    assert rate == RATE
    return sound


def process(server: Site, take: Path, **changes: object) -> tuple[str, object]:
    url = f"{server.url}/models/lv2/trial"
    values = {"gain": 0.0, "mode": "Fine", "late": 0.0, **changes}
    return call(url, "process", [upload(url, take), *values.values()])


def heard(answer: tuple[str, object]) -> np.ndarray:
    kind, data = answer
    assert kind == "complete", data
    return read(httpx.get(data[0]["url"]).content)


@pytest.mark.parametrize("kind", WITH_CHOICES, ids=lambda kind: kind.version)
def test_every_harp_turns_a_plugin(kind: type[HarpClient], served: Site, take: Path) -> None:
    client = kind(f"{served.url}/models/lv2/trial")
    client.load()
    assert client.card["name"] == "Trial (α)"
    assert [widget.label for widget in client.widgets][-3:] == ["Gain", "Mode", "Late"]
    next(widget for widget in client.widgets if widget.label == "Gain").value = -6.0
    ((name, body),) = client.process(take).files
    assert name.endswith(".wav")
    assert np.abs(read(body) - read(take) * 10 ** (-6 / 20)).max() < 2**-22


def test_nothing_turned_nothing_changes_not_a_bit(served: Site, take: Path) -> None:
    for late in (0.0, 220.0, 3000.0):
        assert np.array_equal(heard(process(served, take, late=late)), read(take))


def test_a_crash_a_hang_or_no_number_costs_one_job(served: Site, take: Path) -> None:
    kind, data = process(served, take, mode="Crash")
    assert (kind == "error" and "ended unexpectedly" in data["error"]) or "crashed" in data["error"], data
    assert np.array_equal(heard(process(served, take)), read(take))
    kind, data = process(served, take, mode="Not a number")
    expected = "Trial (α) returned samples that are not finite numbers (NaN or infinity)."
    assert (kind, data["error"]) == ("error", expected)
    url = f"{served.url}/models/lv2/trial"
    event = begin(url, "process", [upload(url, take), 0.0, "Hang", 0.0])
    served.wait(lambda: any(job.update.state.name == "RUNNING" for job in list(served.service._jobs.values())), 60.0)
    began = time.monotonic()
    assert call(url, "cancel", [])[0] == "complete"
    assert fetch(event)[0] == "error" and time.monotonic() - began < 20.0
    assert np.array_equal(heard(process(served, take)), read(take))


def test_a_plugin_in_stereo_on_one_channel(served: Site, tmp_path: Path) -> None:
    path = tmp_path / "mono.flac"
    soundfile.write(path, np.random.default_rng(7).normal(0, 0.1, 9000), RATE, "PCM_16")
    url = f"{served.url}/models/lv2/swap"
    kind, data = call(url, "process", [upload(url, path)])
    assert kind == "complete", data
    assert data[0]["url"].endswith("mono-Processed.flac")
    assert np.array_equal(read(httpx.get(data[0]["url"]).content), read(path))


def test_64_bit_sound_keeps_its_bits(tmp_path: Path) -> None:
    path = tmp_path / "wide.wav"
    sound = np.random.default_rng(8).normal(0, 0.1, (5000, 3))
    soundfile.write(path, sound, RATE, "DOUBLE")
    endpoint = Lv2Endpoint("urn:harpist:trial", f'["{trials()}"]')
    region = Region((TrackFile(path, path.name),), tmp_path)
    (result,) = endpoint.process(region, {"gain": 0.0, "mode": "Fine", "late": 77.0}, Silent())
    assert np.array_equal(soundfile.read(result.path)[0], sound)


@pytest.mark.parametrize("minutes", [1, pytest.param(60, marks=pytest.mark.slow)])
def test_memory_stays_the_same_however_long_the_sound(minutes: int, tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    second = np.random.default_rng(9).normal(0, 0.1, (RATE, 2))
    with soundfile.SoundFile(path, "w", RATE, 2, "PCM_16") as file:
        for _ in range(60 * minutes):
            file.write(second)
    endpoint = Lv2Endpoint("urn:harpist:swap", f'["{trials()}"]')
    region = Region((TrackFile(path, path.name),), tmp_path)
    tracemalloc.start()
    try:
        (result,) = endpoint.process(region, {}, Silent())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert soundfile.info(result.path).frames == 60 * minutes * RATE
    assert peak < 8e6, f"{peak / 1e6:.1f} MB, where a minute of the sound takes 21 MB"


@pytest.mark.slow
def test_the_command_line_has_it_too(take: Path, bundled_home: Path, tmp_path: Path) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        how = command("process", *arguments, home=bundled_home, LV2_PATH=str(trials()))
        return subprocess.run(**how, capture_output=True, timeout=180, check=False)

    to = [str(take), "--overwrite", "--out", str(tmp_path / "out")]
    done = run("lv2:urn:harpist:trial", *to, "--set", "Gain=-20", "--plugin", "lv2:urn:harpist:dies")
    assert done.returncode == 0, done.stderr
    assert np.abs(read(Path(done.stdout.strip())) - read(take) / 10).max() < 2**-22
    assert done.stderr == (
        "harpist: left out the plugin lv2:urn:harpist:dies: It ended while it was imported (exit status -6).\n"
    )


@needs_calf
def test_calfs_compressor_over_harp(tmp_path: Path) -> None:
    registry = Registry()
    spec = registry.get(add_effect(registry, f"lv2:{CALF}Compressor", 60.0))
    wave = np.sign(np.sin(2 * np.pi * 1000 * np.arange(RATE) / RATE + 0.01)) * 10 ** (-6 / 20)
    path = tmp_path / "square.wav"
    soundfile.write(path, np.stack([wave, wave], axis=1), RATE, "FLOAT")
    turned = {"Threshold": -30.0, "Ratio": 3.0, "Knee": 0.0, "Makeup Gain": 6.0, "Attack": 1.0, "Release": 100.0}
    with site(tmp_path / "home", [spec], workers=1) as server:
        client = CLIENTS[-1](f"{server.url}/models/lv2/calf-compressor")
        client.load()
        for widget in client.widgets:
            widget.value = turned.get(widget.label, widget.value)
        ((_, body),) = client.process(path).files
    level = 10 * np.log10(np.mean(read(body)[-4410:].astype(np.float64) ** 2))
    assert level == pytest.approx(-30 + (-6 + 30) / 3 + 6, abs=0.02)


def test_a_plugin_that_went_away_is_a_sentence(served: Site, take: Path, tmp_path: Path) -> None:
    manifest = trials() / "harpist-trial.lv2" / "manifest.ttl"
    away = manifest.with_suffix(".off")
    spec = served.registry.get("lv2/trial")
    manifest.rename(away)
    try:
        with site(tmp_path / "home", [spec], workers=1) as server:
            kind, data = process(server, take)
    finally:
        away.rename(manifest)
    assert kind == "error" and data["error"].startswith("No LV2 plugin with the URI “urn:harpist:trial” is installed")
