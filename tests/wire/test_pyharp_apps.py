"""Apps written for pyharp, unchanged, through HARP 2.2, 3.0, 3.1 and 4: load, process, labels, errors, cancel."""

from __future__ import annotations

import io
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.midi.notes import read_notes
from app.midi.reading import parse_midi
from tests.backend_under_test import worker_pids
from tests.midi.pieces import RICH
from tests.pyharp_apps.apps import spec_of
from tests.serving import site
from tests.wire.clients import Harp22, Harp30, Harp31, Harp40
from tests.wire.test_flow import begin, loaded, same_client, widget
from tests.wire.transport import HarpError

NAMES = ("volume/app", "halves/app", "marks", "first", "steps", "optional", "words", "transpose")
RATE = 44100


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    specs = [spec_of(name) for name in NAMES]
    with site(tmp_path_factory.mktemp("home"), specs, workers=2) as made:
        yield made


@pytest.fixture(params=[Harp22, Harp30, Harp31, Harp40], ids=lambda kind: kind.version)
def kind(request):
    return request.param


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sounds") / "take 1.wav"
    wave = np.linspace(0.0, 0.4, RATE)[:, np.newaxis] * np.array([[1.0, 0.5]])
    soundfile.write(path, wave, RATE, "PCM_24")
    return path


def heard(body: bytes) -> np.ndarray:
    """Return the samples ``(n, channels)`` of a file that came back."""
    samples, rate = soundfile.read(io.BytesIO(body), always_2d=True)
    assert rate == RATE
    return samples


def test_an_app_with_a_model_and_a_slider(kind, server, sound):
    client = loaded(kind, server, "volume")
    assert client.card["name"] == "Volume" and client.card["author"] == "Test"
    assert client.card["tags"] == ["test", "volume"]
    widget(client, "Level (dB)").value = -20.0
    result = client.process(sound)
    (name, body) = result.files[0]
    assert name == "take 1-Output Audio.wav"
    assert np.abs(heard(body) - heard(sound.read_bytes()) / 10).max() < 1e-6


def test_an_app_with_several_outputs_and_files_beside_it(kind, server, sound):
    client = loaded(kind, server, "halves")
    assert client.outputs in ([], ["Left", "Half"])
    for keep in (True, False):
        widget(client, "Keep a copy").value = keep
        result = client.process(sound)
        assert [name for name, _ in result.files] == ["take 1-Left.wav", "take 1-Half.wav"]
        sent = heard(sound.read_bytes())
        assert np.abs(heard(result.files[0][1])[:, 0] - sent[:, 0]).max() < 1e-6
        assert np.abs(heard(result.files[1][1])[:, 0] - sent.mean(1) / 2).max() < 1e-6


def test_an_app_of_version_2_whose_labels_are_seen(kind, server, sound):
    client = loaded(kind, server, "marks")
    result = client.process(sound)
    assert [name for name, _ in result.files] == ["take 1-Output Audio.wav"]
    assert {label.text for label in result.seen} == {"loudest", "bass", "height 0.3"}
    by_text = {label["label"]: label for label in result.labels}
    loudest = by_text["loudest"]
    assert loudest["label_type"] == "AudioLabel" and loudest["t"] == pytest.approx(1.0, abs=1e-3)
    assert loudest["amplitude"] == pytest.approx(0.3, abs=1e-3) and loudest["color"] == 0xCC008091
    assert by_text["bass"]["frequency"] == 60.0 and by_text["height 0.3"]["color"] == 0x80FF8000


def test_an_app_of_version_1(kind, server, sound):
    client = loaded(kind, server, "first")
    assert widget(client, "Prompt").value == "hello"
    body = client.process(sound).files[0][1]
    sent, came = heard(sound.read_bytes()), heard(body)
    gain = came[-1, 0] / sent[-1, 0]
    assert np.abs(came - sent * gain).max() < 1e-5, "louder or softer, and nothing else"


def test_midi_in_and_out_with_labels_on_the_notes(kind, server, tmp_path):
    path = tmp_path / "Lied.mid"
    path.write_bytes(RICH)
    client = loaded(kind, server, "transpose")
    assert "midi_out" not in client.card or client.card["midi_in"] is client.card["midi_out"] is True
    widget(client, "Pitch Shift (semitones)").value = -12.0
    result = client.process(path)
    (name, body) = result.files[0]
    assert name == "Lied-Output Midi.mid"
    before, after = read_notes(parse_midi(RICH)), read_notes(parse_midi(body))
    assert [note.pitch for note in after] == [note.pitch - 12 for note in before]
    assert [(note.start, note.end, note.program) for note in after] == [
        (note.start, note.end, note.program) for note in before
    ]
    assert {label["label"] for label in result.labels} == {str(note.pitch) for note in after}
    # The stand-in's eye misses one of two that lie at one place.
    assert {"24", "26"} < {label.text for label in result.seen}
    assert {label["label_type"] for label in result.labels} == {"MidiLabel"}


def test_a_broken_midi_file_is_told_of_before_the_app_sees_it(server, tmp_path):
    path = tmp_path / "cut.mid"
    path.write_bytes(RICH[:60])
    with pytest.raises(HarpError, match="MIDI file"):
        loaded(Harp40, server, "transpose").process(path)


def test_an_app_without_tracks_has_one_that_is_left_alone(kind, server, sound):
    client = loaded(kind, server, "words")
    widget(client, "Words").value = "lalala"
    (name, body) = client.process(sound).files[0]
    assert name == "take 1-Song.wav" and len(heard(body)) == 4410
    assert np.abs(heard(body)[:, 0] - np.sin(np.arange(4410) * 0.3)).max() < 1e-4


def test_optional_inputs_and_what_choices_stand_for(kind, server, sound):
    client = loaded(kind, server, "optional")
    result = client.process(sound)
    texts = {label["label"]: label.get("description") for label in result.labels}
    assert texts.pop("half a second") is None
    # HARP draws one of several choices, with nothing chosen, up to 3.1: that sends the default.
    assert list(texts.values()) == ["False 2 ['bass'] 3 'la la'"]


def test_an_error_of_gradio_reaches_the_user(kind, server, sound):
    client = loaded(kind, server, "steps")
    sentences = {
        "fails": "The sound is too dull for this model; send a brighter one.",
        "asks": "--permit network gives it",
        "raises": "ZeroDivisionError: division by zero",
        "grows": "The model ran out of memory",
        "exits": "in the middle of a job",
    }
    for how, sentence in sentences.items():
        widget(client, "How").value = how
        with pytest.raises(HarpError, match="The job failed" if kind is Harp31 else sentence):
            client.process(sound)
    widget(client, "How").value = "tells"
    assert len(client.process(sound).files) == 1, "the app is there again"


@pytest.mark.parametrize("how", ["tells", "yields", "silent"])
def test_a_cancel_ends_the_computing(kind, server, sound, how):
    client = loaded(kind, server, "steps")
    widget(client, "How").value = how
    client.process(sound)
    workers = worker_pids(server.service.backend)
    thread, ends = begin(client, sound, server)
    start = time.monotonic()
    same_client(client).cancel()
    assert not ends, "HARP shows an error box when the job ends before its cancel is answered"
    server.wait(lambda: server.open_jobs() == 0)
    assert time.monotonic() - start < 5
    thread.join(5)
    assert isinstance(ends[0], HarpError)
    if how != "silent":
        # One that can be asked to stop keeps its model.
        assert workers == worker_pids(server.service.backend)
    widget(client, "Seconds").value = 0.0
    assert len(client.process(sound).files) == 1
