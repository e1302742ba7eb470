from __future__ import annotations

import numpy as np
import pytest

from app.audio.overlap_add import StreamPlan, cut
from app.audio.resample import Resampler, resampled_length
from app.audio.way_back import Above, BandAbove, WayBack

RATE, MODEL_RATE = 44_100, 8000


def there(x: np.ndarray) -> np.ndarray:
    resampler = Resampler(len(x), RATE, MODEL_RATE, x.dtype)
    return np.concatenate([resampler.push(x), resampler.finish(resampled_length(x.shape[1], RATE, MODEL_RATE))], axis=1)


@pytest.mark.parametrize("mixed", [False, True])
@pytest.mark.parametrize(
    "plan",
    [
        StreamPlan(MODEL_RATE, 4000, 80, 100, 50, 1),
        StreamPlan(MODEL_RATE, 3000, 500, match_levels=True),
        StreamPlan(MODEL_RATE, 30_000, 0),
    ],
)
def test_what_a_rate_cannot_hold_is_added_to_one_stem(plan, mixed):
    x = np.random.default_rng(1).uniform(-0.5, 0.5, (2, 50_003))
    back = WayBack(plan, RATE, 4, np.float64)
    band = BandAbove(Above(1, mixed), plan, RATE, 2, np.float64)
    done, parts = 0, []

    def emit(block: np.ndarray) -> None:
        nonlocal done
        stems = block.reshape(2, 2, -1)
        band.add_to(stems, x[:, done : done + stems.shape[-1]])
        done += stems.shape[-1]
        parts.append(stems)

    for piece in cut([there(x)], plan):
        band.heard(piece)
        heard = piece.samples.mean(axis=0, keepdims=True).repeat(2, axis=0) if mixed else piece.samples
        emit(back.push(np.stack([heard / 4, 3 * heard / 4]), piece))
    band.finish(x.shape[1])
    emit(back.finish(x.shape[1]))
    stems = np.concatenate(parts, axis=-1)
    wanted = x.mean(axis=0, keepdims=True).repeat(2, axis=0) if mixed else x
    assert stems.shape == (2, 2, 50_003)
    assert np.abs(stems.sum(axis=0) - wanted).max() < 1e-12
    assert np.abs(np.fft.rfft(stems[0]))[:, 7000:].max() < 1e-3 * np.abs(np.fft.rfft(stems[1]))[:, 7000:].max()
