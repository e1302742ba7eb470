"""The endpoint with tiny random networks, and with one that says what it is told to."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.errors import AudioFileError, ControlError, JobCancelledError, ModelFormatError
from endpoints.transcribe import endpoint
from endpoints.transcribe.controls import FIND_OUT, SENTENCES, WORDS
from endpoints.transcribe.endpoint import Transcribe
from endpoints.transcribe.published import BASE, NETWORK, TINY, TURBO
from tests.endpoints.transcribe.scripted import Scripted, vocabulary
from tests.endpoints.transcribe.tiny_whisper import needs_transformers, opened, run, speech
from tests.endpoints.watched import Watched

needs_transformers()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Transcribe:
    return opened(tmp_path_factory.mktemp("weights"))


def scripted(made: Transcribe, monkeypatch: pytest.MonkeyPatch, folder: Path, *scripts: Any) -> Scripted:
    """Have the endpoint ask a network that says what it is told to."""
    network = Scripted(vocabulary(folder), scripts)
    monkeypatch.setattr(made, "_held", (BASE.name, network))
    return network


def test_words_and_sentences_lie_where_they_are_said(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speech(tmp_path / "talk.wav", 7.0, 48000, 2)
    script = (0.0, " Tag.", 1.0, 2.0, " Wie geht es?", 3.4)
    network = scripted(made, monkeypatch, tmp_path / "words", script, script)
    words = run(made, tmp_path / "talk.wav", detail=WORDS)
    assert [one.label for one in words.labels] == ["Tag.", "Wie", "geht", "es?"]
    assert all(one.description == "100% sure" for one in words.labels)
    whole = run(made, tmp_path / "talk.wav", detail=SENTENCES)
    assert [one.label for one in whole.labels] == ["Tag.", "Wie geht es?"]
    # Somebody speaks at 0.6 to 1.4, and at 2.6 to 3.8 s; the second sentence begins 2 s into the passage.
    first, second = whole.labels
    assert first.t == pytest.approx(0.6, abs=0.15) and second.t == pytest.approx(2.6, abs=0.15)
    assert words.labels[0].t == first.t and "Language: German." in whole.notice
    assert all(len_ < 6.0 * 16000 for len_ in network.heard), "what comes before and behind speech is not heard"


def test_what_a_passage_leaves_is_heard_again_and_nothing_twice(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The first time, the network begins a stretch at 2 s and says nothing of it."""
    speech(tmp_path / "talk.wav", 7.0)
    scripts = ((0.0, " One.", 2.0, 2.0), (0.2, " Two.", 1.4))
    network = scripted(made, monkeypatch, tmp_path / "words", *scripts)
    found = run(made, tmp_path / "talk.wav", language="English")
    assert [one.label for one in found.labels] == ["One.", "Two."] and len(network.heard) == 2
    assert found.labels[1].t == pytest.approx(2.6, abs=0.2) and found.notice == ""


def test_a_passage_in_which_nobody_is_heard_decides_no_language(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speech(tmp_path / "talk.wav", 49.0)
    network = scripted(made, monkeypatch, tmp_path / "words", (0.0,), (0.0, " Oui.", 1.0), (0.0, " Non.", 1.0))
    found: list[str] = []
    encode = network.encode

    def hear(sound: Any) -> Any:
        network.language = ("fi", "fr", "nl")[len(network.heard)]
        found.append(network.language)
        return encode(sound)

    monkeypatch.setattr(network, "encode", hear)
    told = run(made, tmp_path / "talk.wav", language=FIND_OUT)
    assert found[:2] == ["fi", "fr"] and "Language: French." in told.notice


def test_silence_and_noise_have_no_words(made: Transcribe, tmp_path: Path) -> None:
    for name, sound in (
        ("silence", np.zeros(40 * 16000)),
        ("noise", np.random.default_rng(1).standard_normal(20 * 16000) * 0.05),
        ("nothing", np.zeros(1)),
    ):
        soundfile.write(tmp_path / f"{name}.wav", sound, 16000)
        found = run(made, tmp_path / f"{name}.wav")
        assert found.labels == () and found.notice.startswith("Nobody was heard speaking; turn “Speech only” off")
    whole = run(made, tmp_path / "silence.wav", speech_only=False)
    assert whole.labels == () and whole.notice == "Nobody was heard speaking."
    loud = run(made, tmp_path / "noise.wav", speech_only=False)
    assert loud.labels, "the random network writes something wherever it listens"


def test_random_networks_stay_within_the_region(made: Transcribe, tmp_path: Path) -> None:
    speech(tmp_path / "talk.wav", 40.0, 22050)
    for model in (BASE.name, TINY.name, TURBO.name):
        job = Watched()
        found = run(made, tmp_path / "talk.wav", job, model=model, detail=WORDS, seed=3)
        times = [(one.t, one.t + (one.duration or 0.0)) for one in found.labels]
        assert times and all(0.0 <= begin < end <= 40.0 + 1e-9 for begin, end in times)
        assert job.told == sorted(job.told) and job.told[-1] == pytest.approx(0.99, abs=0.02)
    again = run(made, tmp_path / "talk.wav", model=TURBO.name, detail=WORDS, seed=3)
    assert again == found


def test_the_seed_is_told_where_it_is_drawn(made: Transcribe, tmp_path: Path) -> None:
    speech(tmp_path / "talk.wav")
    first = run(made, tmp_path / "talk.wav", seed=0, tries=2, language="Thai")
    seed = int(first.notice.rsplit("Seed ", 1)[1].rstrip("."))
    again = run(made, tmp_path / "talk.wav", seed=seed, tries=2, language="Thai")
    assert again.labels == first.labels and again.notice == ""


def test_a_language_that_a_size_does_not_know_is_refused(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speech(tmp_path / "talk.wav")
    network = scripted(made, monkeypatch, tmp_path / "words")
    del network.vocabulary.languages["yue"]
    with pytest.raises(ControlError, match="Base does not know Cantonese: choose another Language or model"):
        run(made, tmp_path / "talk.wav", language="Cantonese")


def test_inverted_channels_are_heard_and_told(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speech(tmp_path / "talk.wav")
    sound, rate = soundfile.read(tmp_path / "talk.wav")
    soundfile.write(tmp_path / "talk.wav", np.stack([sound, -sound], 1), rate)
    scripted(made, monkeypatch, tmp_path / "words", (0.0, " One.", 2.0))
    found = run(made, tmp_path / "talk.wav")
    assert len(found.labels) == 1 and "cancel each other" in found.notice


def test_more_labels_than_can_be_shown_are_told(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    speech(tmp_path / "talk.wav")
    monkeypatch.setattr(endpoint, "MOST_LABELS", 2)
    scripted(made, monkeypatch, tmp_path / "words", (0.0, " a b c d", 2.0))
    found = run(made, tmp_path / "talk.wav", detail=WORDS)
    assert len(found.labels) == 2 and "The first 2 of 4 labels are shown." in found.notice


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_it_ends_in_its_middle(made: Transcribe, tmp_path: Path, share: float) -> None:
    speech(tmp_path / "talk.wav", 70.0)
    job = Watched(share)
    with pytest.raises(JobCancelledError):
        run(made, tmp_path / "talk.wav", job)
    assert job.told[-1] <= share + 0.5
    assert [path.name for path in tmp_path.iterdir()] == ["talk.wav"]


def test_memory_does_not_grow_with_the_region(
    made: Transcribe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    peaks = []
    for seconds in (60.0, 360.0):
        speech(tmp_path / "talk.wav", seconds)
        scripted(made, monkeypatch, tmp_path / "words", *[(0.0, " One.", 2.0)] * 60)
        tracemalloc.start()
        try:
            run(made, tmp_path / "talk.wav")
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 1_000_000, peaks


def test_a_size_that_is_broken_leaves_the_others(tmp_path: Path) -> None:
    made = opened(tmp_path / "weights")
    (Path(made.weights[TINY.weights.repo]) / NETWORK).write_bytes(b"nothing")
    speech(tmp_path / "talk.wav")
    with pytest.raises(ModelFormatError, match="weights of Whisper cannot be opened"):
        run(made, tmp_path / "talk.wav", model=TINY.name)
    assert run(made, tmp_path / "talk.wav").labels


def test_what_is_no_sound_is_refused(made: Transcribe, tmp_path: Path) -> None:
    (tmp_path / "talk.wav").write_bytes(b"no sound at all")
    with pytest.raises(AudioFileError):
        run(made, tmp_path / "talk.wav")
