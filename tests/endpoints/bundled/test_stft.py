"""There and back again."""

from __future__ import annotations

import pytest
import torch

from endpoints.bundled.stft import Stft
from tests.endpoints.bundled.exported import sdr


@pytest.mark.parametrize(("window", "hop"), [(4096, 1024), (1536, 384)])
@pytest.mark.parametrize("samples", [1, 2, 383, 1024, 4095, 4097, 50_001])
def test_the_inverse_gives_the_samples_back(window: int, hop: int, samples: int) -> None:
    stft = Stft(window, hop)
    x = torch.randn(2, samples, generator=torch.Generator().manual_seed(0))
    assert sdr(x, stft.inverse(stft(x), samples)) > 120
