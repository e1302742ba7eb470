"""The whole server as its users meet it: started by its command, called as HARP calls it and by gradio_client."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from gradio_client import Client, handle_file

from tests.audacitorch.models import EFFECT, save
from tests.fixtures.models.endless import Endless
from tests.server.harp import begin, call, upload
from tests.server.running import RunningServer, command, run_server

ROOT = Path(__file__).parent.parent.parent
RATE = 44100


@pytest.fixture(scope="module")
def server(bundled_home: Path) -> Iterator[RunningServer]:
    with run_server(bundled_home) as running:
        yield running


@pytest.fixture
def song(tmp_path: Path) -> Path:
    path = tmp_path / "My song.wav"
    time_axis = np.arange(3 * RATE + 17) / RATE
    tone = 0.2 * np.sin(2 * np.pi * 440 * time_axis)
    clicks = np.where(np.arange(len(time_axis)) % (RATE // 2) < 40, 0.5, 0.0)
    soundfile.write(path, np.stack([tone + clicks, tone - clicks], axis=1), RATE, subtype="PCM_24")
    return path


# The first of all: the other tests open pages.
def test_late_pages_come_with_the_first_one(server: RunningServer) -> None:
    base = server.model("harpist/key")
    assert call(base, "controls", [])[0] == "complete"
    assert not server.has_pages()
    assert httpx.get(f"{base}/", timeout=120).status_code == 200
    assert server.has_pages()


def test_gradio_client_gets_two_stems_of_the_inputs_length_and_format(server: RunningServer, song: Path) -> None:
    client = Client(server.model("harpist/harmonic-percussive"), verbose=False, httpx_kwargs={"timeout": 60})
    stems = client.predict(handle_file(str(song)), "Keep stereo", api_name="/process")
    assert len(stems) == 2
    given = soundfile.info(song)
    for stem in stems:
        found = soundfile.info(stem)
        assert (found.frames, found.samplerate, found.channels) == (given.frames, given.samplerate, given.channels)
        assert (found.format, found.subtype) == (given.format, given.subtype)
    mix = sum(soundfile.read(stem)[0] for stem in stems)
    assert np.abs(mix - soundfile.read(song)[0]).max() < 1e-3, "the stems sum to the song, nothing shifted"
    client.close()


def test_every_bundled_model_answers_controls_and_runs(server: RunningServer, song: Path, tmp_path: Path) -> None:
    notes = tmp_path / f"{song.stem}.mid"
    shutil.copy(ROOT / "endpoints" / "midi_tools" / "example.mid", notes)
    catalogue = httpx.get(f"{server.url}/catalogue").json()
    ids = [entry["id"] for entry in catalogue["endpoints"]]
    assert len(ids) >= 7
    for endpoint_id in ids:
        base = server.model(endpoint_id)
        started = time.monotonic()
        kind, data = call(base, "controls", [])
        assert kind == "complete"
        assert time.monotonic() - started < 5, "HARP gives up after 10 s"
        listing = data[0]
        if [item["type"] for item in listing["inputs"]].count("audio_track") > 1:
            continue  # one that learns from a pair takes half a minute: tests/endpoints/deepafx/test_served.py
        sent = notes if listing["inputs"][0]["type"] == "midi_track" else song
        values = [upload(base, sent), *(item["value"] for item in listing["inputs"][1:])]
        kind, data = call(base, "process", values)
        assert kind == "complete", data
        assert len(data) == len(listing["outputs"])
        for item, output in zip(listing["outputs"], data):
            if item["type"] == "json":
                assert {label["label_type"] for label in output["labels"]} <= {"AudioLabel", "OutputLabel"}
            else:
                assert output["url"].startswith(base)
                content = httpx.get(output["url"]).content
                magic, suffix = (b"MThd", ".mid") if item["type"] == "midi_track" else (b"RIFF", ".wav")
                assert content[:4] == magic
                known = {"Labelled sound": "", "Edited MIDI": "-edited", "Brought out": "-drums", "The rest": "-rest"}
                ending = known.get(item["label"], f"-{item['label']}")
                assert output["path"].lower().endswith(f"/{song.stem}{ending}{suffix}".lower())


def test_the_root_address_answers_harp_and_shows_browsers_the_list(server: RunningServer) -> None:
    kind, data = call(server.url, "controls", [])
    assert kind == "complete"
    assert "/models/" in data[0]["card"]["description"], "says where the others are"
    assert [item["type"] for item in data[0]["outputs"]] == ["audio_track", "audio_track"]
    page = httpx.get(server.url).text
    assert "harpist/chords" in page


def test_the_server_process_never_loads_torch(server: RunningServer, song: Path) -> None:
    base = server.model("harpist/pitch-notes")
    call(base, "controls", [])
    httpx.get(f"{base}/", timeout=60)
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "libtorch" not in mapped
    assert "libsndfile" not in mapped


def bad_files(folder: Path) -> dict[str, tuple[Path, str]]:
    """Files that are no sound, each with words of the sentence that is expected."""
    (folder / "empty.wav").write_bytes(b"")
    (folder / "text.wav").write_text("This is a shopping list, not a song.\n" * 40)
    soundfile.write(folder / "none.wav", np.zeros((0, 1)), RATE)
    soundfile.write(folder / "nan.wav", np.array([0.0, np.nan, 0.5] * 500, dtype=np.float32), RATE, subtype="FLOAT")
    soundfile.write(folder / "whole.flac", 0.1 * np.random.default_rng(0).standard_normal(RATE), RATE)
    (folder / "cut.flac").write_bytes((folder / "whole.flac").read_bytes()[:20000])
    return {
        "empty": (folder / "empty.wav", "empty"),
        "text": (folder / "text.wav", "not"),
        "none": (folder / "none.wav", "sample"),
        "nan": (folder / "nan.wav", "NaN"),
        "cut": (folder / "cut.flac", "cut short"),
    }


@pytest.mark.parametrize("name", ["empty", "text", "none", "nan", "cut"])
def test_a_bad_file_gets_a_sentence_over_the_wire(server: RunningServer, tmp_path: Path, name: str) -> None:
    path, words = bad_files(tmp_path)[name]
    base = server.model("harpist/harmonic-percussive")
    kind, data = call(base, "process", [upload(base, path), "Keep stereo", "percussive"])
    assert kind == "error"
    sentence = data["error"]
    assert words in sentence
    assert sentence.endswith(".")
    assert str(tmp_path) not in sentence
    assert "/" not in sentence.replace("and/or", ""), "no path"


def test_bad_values_get_a_sentence_over_the_wire(server: RunningServer, song: Path) -> None:
    base = server.model("harpist/noise-reduction")
    inputs = call(base, "controls", [])[1][0]["inputs"]
    track = upload(base, song)
    good = [track, *(item["value"] for item in inputs[1:])]
    wet = [item["label"] for item in inputs].index("Wet")
    too_much = [*good[:wet], 150, *good[wet + 1 :]]
    for data, words in [
        (too_much, "Wet expects a number from 0 to 100 (percent), not 150"),
        (good[:-1], f"Expected {len(good)} values"),
        ([*good, 1], f"Expected {len(good)} values"),
        ([None, *good[1:]], "expects a file"),
        ([{"path": "/etc/passwd"}, *good[1:]], "upload"),
        ([*good[:wet], "loud", *good[wet + 1 :]], "Wet expects a number"),
    ]:
        kind, answer = call(base, "process", data)
        assert kind == "error"
        assert words in answer["error"]
    assert call(base, "process", good)[0] == "complete", "the server lives on"


def test_a_one_sample_file_comes_back_as_one_sample(server: RunningServer, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "one.wav", np.array([0.25]), RATE)
    base = server.model("harpist/harmonic-percussive")
    kind, data = call(base, "process", [upload(base, tmp_path / "one.wav"), "Keep stereo", "percussive"])
    assert kind == "complete", data
    (tmp_path / "back.wav").write_bytes(httpx.get(data[0]["url"]).content)
    assert soundfile.info(tmp_path / "back.wav").frames == 1


def test_a_port_in_use_gets_a_clear_sentence(bundled_home: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = subprocess.run(
            **command("serve", "--port", str(port), home=bundled_home), capture_output=True, timeout=60, check=False
        )
    assert result.returncode == 1
    assert result.stderr == (
        f"harpist: Port {port} is in use: stop the program that uses it, or choose another with --port.\n"
    )


def test_a_home_that_cannot_be_written_gets_a_clear_sentence(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.write_text("a file where a folder must be")
    result = subprocess.run(
        **command("serve", "--port", "0", home=tmp_path), capture_output=True, timeout=60, check=False
    )
    assert result.returncode == 1
    assert result.stderr == (
        f"harpist: The folder {work} cannot be made or written: File exists; choose another with --home.\n"
    )


def test_a_second_start_prepares_nothing_and_lists_every_address(server: RunningServer) -> None:
    assert not any("Preparing" in line for line in server.lines)
    assert f"  {server.model('harpist/harmonic-percussive')}" in server.lines
    assert len([line for line in server.lines if line.startswith("  http")]) >= 7


def test_a_signal_ends_a_start_that_waits_for_a_new_model(bundled_home: Path, tmp_path: Path) -> None:
    shutil.copytree(bundled_home / "bundled", tmp_path / "bundled")
    model = save(Endless(), EFFECT, tmp_path / "endless")
    started = subprocess.Popen(**command("serve", "--port", "0", "--model", str(model), home=tmp_path))
    try:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob("work/jobs/*")):
            assert started.poll() is None and time.monotonic() < deadline
            time.sleep(0.05)
        started.send_signal(signal.SIGINT)
        assert started.wait(60) == 130, "what loads the library is waited for"
    finally:
        started.kill()
        started.wait()


@pytest.mark.slow
def test_a_stop_tells_whoever_waits_for_a_job(bundled_home: Path, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).uniform(-0.1, 0.1, (RATE * 300, 2))
    soundfile.write(tmp_path / "long.wav", noise, RATE, subtype="PCM_16")
    with run_server(bundled_home) as running, httpx.Client(timeout=20) as page:
        base = running.model("harpist/noise-reduction")
        event = begin(base, "process", [upload(base, tmp_path / "long.wav"), "Keep stereo", 100])
        with (
            page.stream("GET", f"{base}/gradio_api/heartbeat/a-tab") as heartbeat,
            page.stream("GET", event) as waiting,
        ):
            assert (heartbeat.status_code, waiting.status_code) == (200, 200)
            running.process.send_signal(signal.SIGINT)
            assert waiting.read().decode().endswith('event: error\ndata: {"error": "The server was stopped."}\n\n')
            assert running.process.wait(15) == 130
    assert not any("Traceback" in line or "ERROR" in line for line in running.lines), "\n".join(running.lines)
