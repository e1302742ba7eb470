from __future__ import annotations

import pytest
import torch

from endpoints.bundled.steadiness import Steadiness


@pytest.mark.parametrize(("frames", "bins"), [(17, 17), (13, 25)])
def test_a_tone_is_steady_and_a_stroke_is_none(frames: int, bins: int) -> None:
    picture = torch.full((120, 100), 1e-3)
    picture[40] = 1.0
    picture[:, 50] = 1.0
    share = Steadiness(frames, bins)(picture)
    assert share.shape == picture.shape
    assert share[40, 20:40].min() > 0.99
    assert share[60:100, 50].max() < 0.01
    assert share[80, 20] == pytest.approx(0.5, abs=0.01), "neither"


def test_silence_is_shared_evenly() -> None:
    assert torch.equal(Steadiness()(torch.zeros(30, 30)), torch.full((30, 30), 0.5))
