"""Sound that is made to learn from: the same for a seed, other for held-out sound, or a sentence of what is missing."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from endpoints.deepafx.tasks import auto_level, distortion, mastering, mouth, music, nonspeech, speech
from endpoints.deepafx.tasks.levels import at_level, loudness, steps
from endpoints.deepafx.tasks.task import SourceError
from endpoints.deepafx.tasks.tasks import TASKS
from endpoints.deepafx.training import Training
from tests.endpoints.deepafx.toys import music as toy
from tests.lv2_plugins import needs_calf, needs_lsp
from tests.soundfonts import needs_fluidsynth, on_this_machine

needs_speech = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="eSpeak NG is not installed: espeak-ng")
needs_soundfont = pytest.mark.skipif(not on_this_machine(), reason="timgm6mb-soundfont is not installed")


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[needs_calf, needs_lsp] if TASKS[name].chain else []) for name in sorted(TASKS)]
)
def test_a_pair_is_as_long_as_its_sound_finite_and_the_same_for_a_seed(name: str) -> None:
    task, sound = TASKS[name], np.concatenate([toy(3, 4.0), np.zeros(22050, np.float32), toy(4, 3.0)])
    one, again, other = task.pair(sound, rng()), task.pair(sound, rng()), task.pair(sound, rng(2))
    assert len(one.before) == len(one.after) == len(sound) and one.before.dtype == one.after.dtype == np.float32
    assert np.isfinite(one.before).all() and np.abs(one.before).max() <= 1 and np.abs(one.after).max() <= 1
    assert (one.before == again.before).all() and (one.after == again.after).all()
    assert not (one.before == other.before).all()
    assert np.abs(one.before - one.after).max() > 0.01
    assert len(task.plan.knobs) >= 3 and task.plan.defaults.min() >= 0
    assert set(task.usual) <= set(task.plan.knobs) | {f"{k.name}/{f}" for k in task.plan.links for f in k.fixed}


def test_jumps_of_level_are_made_even() -> None:
    pair = auto_level.TASK.pair(toy(3, 20.0), rng())
    spread = [
        np.ptp([loudness(side[at : at + 44100]) for at in range(0, len(side) - 44100, 44100)])
        for side in (pair.before, pair.after)
    ]
    assert spread[0] > 10 and spread[1] < 5


def test_a_mouths_noises_fill_pauses_alone() -> None:
    silence = np.zeros(22050, np.float32)
    pair = nonspeech.TASK.pair(np.concatenate([silence, toy(1, 2.0), silence]), rng())
    added = np.abs(pair.before - pair.after) > 1e-6
    assert added[:22050].mean() > 0.02 and added[-22050:].mean() > 0.02
    assert not added[22050:-22050].any()
    assert nonspeech.pauses(silence) == []


def test_breaths_are_long_and_clicks_are_short() -> None:
    breath, click, smack = mouth.breath(rng()), mouth.click(rng()), mouth.lip_smack(rng())
    assert 0.2 <= len(breath) / 22050 <= 0.6 and len(click) / 22050 < 0.05 and 0.04 < len(smack) / 22050 < 0.15
    assert np.isclose(np.abs(click).max(), 1) and np.isclose((breath**2).mean(), 1, rtol=1e-3)


def test_a_valve_adds_overtones_and_hardly_any_other_tone() -> None:
    n = np.arange(22050)
    spectrum = np.abs(np.fft.rfft(distortion.amplified((0.3 * np.sin(2 * np.pi * 441 * n / 22050)).astype(np.float32))))
    partials = spectrum[441::441].copy()
    assert partials[1] > 0.02 * partials[0] and partials[2] > 0.02 * partials[0]
    spectrum[441::441] = 0
    assert spectrum[2:-200].max() < 0.01 * partials[0]


def test_a_dull_mix_is_balanced() -> None:
    dull = toy(1, 4.0)
    bright = mastering.balanced(dull)
    high = [
        np.abs(np.fft.rfft(sound))[16000:24000].mean() / np.abs(np.fft.rfft(sound))[400:4000].mean()
        for sound in (dull, bright)
    ]
    assert high[1] > high[0]


def test_levels() -> None:
    assert loudness(np.zeros(22050, np.float32)) == -120 and not at_level(np.zeros(9, np.float32), -20).any()
    assert loudness(at_level(toy(1, 2.0), -20.0)) == pytest.approx(-20, abs=0.01)
    level = steps([100, 100], [0.0, -6.0], 20)
    assert (
        len(level) == 200
        and level[0] == 0
        and level[-1] == pytest.approx(-6)
        and level[100] == pytest.approx(-3, abs=0.5)
    )


@needs_speech
def test_speech_is_the_same_for_a_seed_and_others_speak_held_out_sound() -> None:
    one, again = (speech.take("training", rng(5), 4.0, (0.2, 0.6)) for _ in range(2))
    assert (one.sound == again.sound).all() and len(one.sound) >= 4 * 22050
    assert all(not one.sound[start:end].any() for start, end in one.pauses)
    assert not set(speech._VOICES["training"]) & set(speech._VOICES["held out"])
    for ours, theirs in zip(speech._WORDS["training"], speech._WORDS["held out"]):
        assert not set(ours) & set(theirs)


@needs_fluidsynth
@needs_soundfont
def test_music_is_the_same_for_a_seed_and_others_play_held_out_sound() -> None:
    one, again = (music.mix("training", rng(5), 3.0) for _ in range(2))
    assert (one == again).all() and len(one) == 3 * 22050 and np.abs(one).max() == pytest.approx(0.5)
    assert loudness(music.phrase("held out", rng(), 3.0)) > -40
    for programs in (music.BASSES, music.CHORDS, music.PLUCKED):
        assert not set(programs["training"]) & set(programs["held out"])


def test_what_is_missing_is_said_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech.shutil, "which", lambda _: None)
    with pytest.raises(SourceError, match="apt-get install espeak-ng"):
        nonspeech.TASK.pairs("training")
    monkeypatch.setattr(music, "SOUNDFONT", Path("/nowhere.sf2"))
    with pytest.raises(SourceError, match="apt-get install timgm6mb-soundfont"):
        mastering.TASK.pairs("training")


def test_a_little_of_auto_level_is_learnt_in_seconds() -> None:
    pairs = [auto_level.TASK.pair(toy(seed, 6.0), rng(seed)) for seed in range(20)]
    changes = {"warm": 512, "stretch": 2048, "items": 6, "held_out": 16, "pretraining": 20, "rate": 1e-3}
    quick = replace(auto_level.TASK.schedule, steps=30, every=10, **changes)
    learnt = Training(auto_level.TASK.plan.first(1), pairs, quick).run()
    assert learnt.reached < 0.5 * min(learnt.untouched, learnt.defaults), learnt
