"""Steering by a codec, with tiny random codecs on a hub of our own: installed, tried, and used by HARP."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from endpoints.tagbox.codecs import DAC, ENCODEC
from tests.endpoints.tagbox import tiny_codecs
from tests.endpoints.tagbox.toys import tones
from tests.server.codecs import MODULE, NAME, CodecServer, codec_server
from tests.server.harp import call, upload
from tests.server.manager import installed, models, order
from tests.server.running import command
from tests.wire.clients import CLIENTS, HarpClient

tiny_codecs.needs_transformers()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CodecServer]:
    with codec_server(tmp_path_factory.mktemp("codecs")) as made:
        yield made


@pytest.fixture(scope="module")
def song(tmp_path_factory: pytest.TempPathFactory) -> Path:
    low, high = tones(1.2, 44100)
    path = tmp_path_factory.mktemp("sound") / "song.wav"
    soundfile.write(path, np.stack([(low + high).numpy(), low.numpy()], 1), 44100, "PCM_16")
    return path


def sent_to(server: CodecServer, song: Path) -> dict[str, object]:
    """What HARP sends as it stands there at first, by label."""
    _, [record] = call(server.url, "controls", [])
    return {item["label"]: item.get("value") for item in record["inputs"]} | {"Input Audio": upload(server.url, song)}


def test_from_the_card_to_both_tracks(server: CodecServer, song: Path) -> None:
    card = server.card
    assert (card["installed"], card["weights"]["lacking"], card["weights"]["asks"]) == (False, "", "")
    assert "needs a graphics card" in card["long"]
    assert f"{ENCODEC.weights.repo}: cc-by-nc-4.0, for non-commercial use only" in card["long"]
    assert models(server.running.url)[NAME]["speed"] > 0, "how long a sound takes is known from the trial"
    sent = sent_to(server, song)
    assert sent["Engine"] == DAC.name and sent["Steps"] == 5 and not sent["Style"]
    stems_of(call(server.url, "process", list(sent.values())), song)


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_both_tracks_and_the_opinion_reach_harp(kind: type[HarpClient], server: CodecServer, song: Path) -> None:
    client = kind(server.url)
    client.load()
    if "dropdown" in kind.kinds:
        engine = next(widget for widget in client.widgets if widget.label == "Engine")
        assert (engine.choices, engine.value) == ([DAC.name, ENCODEC.name], DAC.name)
    found = client.process(song)
    assert [name for name, _ in found.files][:2] == ["song-Drums.wav", "song-rest.wav"]
    assert sums_to(song, [data for _, data in found.files[:2]])
    assert [label["label"].split()[0] for label in found.labels] == ["drums"]


def test_style_on_the_command_line(server: CodecServer, song: Path, tmp_path: Path) -> None:
    """The installed codec, without a mask: the codec's own sound, the same in both channels."""
    asked = ("process", NAME, str(song), "--out", str(tmp_path / "out"), "--set", "Style=on")
    how = command(*asked, home=server.home, module=MODULE, **server.environment)
    ran = subprocess.run(how.pop("args"), capture_output=True, timeout=300, **how)  # type: ignore[call-overload]
    assert ran.returncode == 0, ran.stderr
    assert "The tagger hears drums at" in ran.stdout + ran.stderr
    stems = [tmp_path / "out" / f"song-{name}.wav" for name in ("Drums", "The rest")]
    assert sums_to(song, [path.read_bytes() for path in stems])
    brought, _ = soundfile.read(stems[0])
    assert np.array_equal(brought[:, 0], brought[:, 1]) and brought.any()
    asked = (*asked[:3], "--out", str(tmp_path / "more"))
    other = command(*asked, "--set", f"Engine={ENCODEC.name}", home=server.home, module=MODULE, **server.environment)
    refused = subprocess.run(other.pop("args"), capture_output=True, timeout=300, **other)  # type: ignore[call-overload]
    assert refused.returncode == 1 and ENCODEC.weights.repo in refused.stderr


@pytest.mark.slow  # one codec: above; both in one process: tests/endpoints/tagbox/test_codec_endpoint.py
def test_one_more_codec_once_its_licence_is_accepted(song: Path, tmp_path: Path) -> None:
    with codec_server(tmp_path) as server:
        sent, url = sent_to(server, song), server.running.url
        by_encodec = list({**sent, "Engine": ENCODEC.name}.values())
        kind, failed = call(server.url, "process", by_encodec)
        assert kind == "error" and f"Install {ENCODEC.weights.repo} on the page" in str(failed)
        answer = order(url, "install", model=ENCODEC.weights.repo)
        assert answer.status_code == 403 and "for non-commercial use only" in answer.text
        assert order(url, "install", model=ENCODEC.weights.repo, accept_licence=True).status_code == 202
        assert installed(url, ENCODEC.weights.repo)[-1]["state"] == "done"
        dac = stems_of(call(server.url, "process", list(sent.values())), song)
        encodec = stems_of(call(server.url, "process", by_encodec), song)
        assert not np.array_equal(dac[0], encodec[0])


def stems_of(answer: tuple[str, list[Any]], song: Path) -> list[Any]:
    """Return what was brought out and the rest, as integers, once both were seen to sum to the song."""
    kind, data = answer
    assert kind == "complete", data
    assert [item["url"].rpartition("-")[2] for item in data[:2]] == ["Drums.wav", "rest.wav"]
    assert "The tagger hears drums at" in data[0]["notice"]
    assert data[2]["labels"][0]["label"].startswith("drums ")
    found = [httpx.get(item["url"]).content for item in data[:2]]
    assert sums_to(song, found)
    return [soundfile.read(io.BytesIO(stem), dtype="int16")[0] for stem in found]


def sums_to(song: Path, stems: list[bytes]) -> bool:
    """Return whether two files' samples sum to a song's, to the last bit."""
    first, second = (soundfile.read(io.BytesIO(stem), dtype="int16")[0].astype(int) for stem in stems)
    return np.array_equal(first + second, soundfile.read(song, dtype="int16")[0])
