"""A model's own control and further sound through the real server, over HARP's wire: moved, and heard."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from tests.audacitorch.driven import DRIVEN, Against, Driven
from tests.audacitorch.models import EFFECT, RATE, noise, save
from tests.server.harp import call, upload
from tests.server.running import RunningServer, run_server


@pytest.fixture(scope="module")
def server(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    folder = tmp_path_factory.mktemp("authors")
    save(Driven(), DRIVEN, folder / "driven")
    save(Against(), EFFECT, folder / "against")
    flags = [f"--model={folder / name}" for name in ("driven", "against")]
    with run_server(bundled_home, *flags) as running:
        yield running


def sound(folder: Path, name: str, samples: np.ndarray) -> Path:
    soundfile.write(folder / name, samples.T, RATE, subtype="FLOAT")
    return folder / name


def described(base: str) -> list[dict[str, object]]:
    kind, data = call(base, "controls", [])
    assert kind == "complete", data
    return data[0]["inputs"]


def heard(base: str, data: list[object]) -> np.ndarray:
    kind, answer = call(base, "process", data)
    assert kind == "complete", answer
    return soundfile.read(io.BytesIO(httpx.get(answer[0]["url"]).content), always_2d=True, dtype="float32")[0].T


def test_a_models_own_control_is_moved_and_heard(server: RunningServer, tmp_path: Path) -> None:
    base, x = server.model("local/driven"), noise(2, 2 * RATE)
    inputs = described(base)
    assert [item["label"] for item in inputs] == [
        "Input Audio", "Loudness", "Mode", "Times", "Silent", "Offset", "Wet (model)", "Channels", "Wet",
    ]  # fmt: skip
    kinds = ["slider", "dropdown", "slider", "toggle", "number_box", "number_box", "dropdown", "slider"]
    assert [item["type"] for item in inputs[1:]] == kinds
    sent = upload(base, sound(tmp_path, "in.wav", x))
    values = [item["value"] for item in inputs[1:]]
    assert np.allclose(heard(base, [sent, *values]), x, atol=1e-6)
    assert np.allclose(heard(base, [sent, -20.0, *values[1:]]), 0.1 * x, atol=1e-6)
    assert np.allclose(heard(base, [sent, -20.0, "inverted", 3, *values[3:]]), -2.1 * x, atol=1e-5)
    kind, answer = call(base, "process", [sent, 41.0, *values[1:]])
    assert (kind, answer) == ("error", {"error": "Loudness expects a number from -40 to 40 (dB), not 41."})


def test_a_further_sound_is_sent_and_heard(server: RunningServer, tmp_path: Path) -> None:
    base, x, second = server.model("local/against"), noise(1, 2 * RATE, 1), noise(1, RATE, 2)
    inputs = described(base)
    assert [(item["type"], item.get("required")) for item in inputs[:2]] == [
        ("audio_track", True),
        ("audio_track", False),
    ]
    sent = upload(base, sound(tmp_path, "in.wav", x))
    other = upload(base, sound(tmp_path, "second.wav", second))
    values = [item["value"] for item in inputs[2:]]
    assert np.allclose(heard(base, [sent, None, *values]), x, atol=1e-6)
    assert np.allclose(heard(base, [sent, other, *values]), x - np.pad(second, ((0, 0), (0, RATE))), atol=1e-6)
