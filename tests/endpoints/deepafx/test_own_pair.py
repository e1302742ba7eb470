"""A pair of the user's own: laid over each other, or refused in a sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.errors import InputError
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.own_pair import laid_over, read_own_pair
from endpoints.effects.torch_set.effects import EFFECTS
from tests.endpoints.deepafx.toys import music

SOUND = music(1, 21)


def mastered(sound: np.ndarray) -> np.ndarray:
    """The sound through a hard compressor, and a strong equaliser."""
    values = {"threshold": -30, "ratio": 8, "output": 6}
    loud = EFFECTS["harpist:compressor"](RATE, 1).process(sound[None], values)
    tone = {"low_gain": 9, "high_gain": -9}
    return EFFECTS["harpist:parametric-equaliser"](RATE, 1).process(loud, tone)[0]


AFTER = mastered(SOUND)


@pytest.mark.parametrize(("late", "sign"), [(0, 1), (37, -1), (5000, 1), (-3000, 1)])
def test_they_are_laid_over_each_other(late: int, sign: int) -> None:
    silence = np.zeros(abs(late), np.float32)
    before = SOUND if late >= 0 else np.concatenate([silence, SOUND])
    after = sign * (np.concatenate([silence, AFTER]) if late > 0 else AFTER)
    one, other = laid_over(before, after)
    assert len(one) == len(other) >= len(SOUND) - abs(late) - 30
    start = len(SOUND) - len(one)
    # An equaliser turns phases by some samples.
    assert min(np.abs(one[1000:9000] - SOUND[at + 1000 : at + 9000]).max() for at in range(start + 1)) < 1e-6
    assert np.abs(np.corrcoef(one, other)[0, 1]) > 0.5


def test_what_cannot_be_learnt_from_is_refused_in_a_sentence(tmp_path: Path) -> None:
    def written(name: str, sound: np.ndarray) -> Path:
        soundfile.write(tmp_path / name, sound, RATE, "FLOAT")
        return tmp_path / name

    good = written("good.wav", SOUND)
    cut = np.concatenate([AFTER[: 8 * RATE], AFTER[9 * RATE // 1 :], AFTER[:RATE]])
    for after, words in (
        (written("short.wav", AFTER[: 12 * RATE]), "“After” lasts 12.0 s; 20 s or more"),
        (written("silent.wav", np.zeros_like(AFTER)), "“After” is silent"),
        (written("long.wav", np.concatenate([AFTER, AFTER])), "lasts 21.0 s and “After” 42.0 s"),
        (written("other.wav", music(7, 21)), "not “Before” through effects"),
        (written("noise.wav", np.random.default_rng(1).normal(0, 0.1, len(AFTER))), "not “Before” through effects"),
        (written("cut.wav", cut), "drift apart|not “Before”"),
    ):
        with pytest.raises(InputError, match=words) as told:
            read_own_pair(good, after)
        assert told.value.message.endswith(".") and str(tmp_path) not in told.value.message
    with pytest.raises(InputError, match="“Before” is silent"):
        read_own_pair(tmp_path / "silent.wav", good)
    pair = read_own_pair(good, written("after.wav", AFTER))
    assert len(pair.before) == len(pair.after) > 20 * RATE


def test_tracks_of_another_rate_and_stereo_fit(tmp_path: Path) -> None:
    stereo = np.stack([np.repeat(SOUND, 2)] * 2, axis=1)
    soundfile.write(tmp_path / "before.wav", stereo, 2 * RATE)
    soundfile.write(tmp_path / "after.wav", AFTER, RATE, "FLOAT")
    pair = read_own_pair(tmp_path / "before.wav", tmp_path / "after.wav")
    assert abs(len(pair.before) - len(SOUND)) < 30
