"""Bands and running means, against libdf's rules written out."""

from __future__ import annotations

import numpy as np
import torch

from endpoints.bundled.deep_filter_features import Features, RunningMean, band_widths

ALPHA = 0.99


def test_bands_of_the_published_rule() -> None:
    """Least widths first; then as wide as 24.7 * (1 + 0.00437 f) Hz says, times the same number of ERBs."""
    widths = band_widths(48000, 960, 32, 2)
    assert len(widths) == 32
    assert sum(widths) == 481
    assert min(widths) == 2
    ends = np.cumsum(widths)
    wide = [i for i in range(32) if widths[i] > 6 and i < 31]
    erbs = [widths[i] * 50 / (24.7 * (1 + 0.00437 * 50 * (ends[i] - widths[i] / 2))) for i in wide]
    assert len(wide) > 15
    assert np.std(erbs) < 0.06 * np.mean(erbs)  # the edges lie on whole bins


def test_running_mean_is_the_recursion() -> None:
    x = torch.randn(40, 3, generator=torch.Generator().manual_seed(0)).double()
    state = torch.tensor([1.0, -2.0, 30.0]).double()
    found = RunningMean(ALPHA, 50)(x.float(), state.float())
    for i in range(40):
        state = ALPHA * state + (1 - ALPHA) * x[i]
        assert (found[i] - state).abs().max() < 1e-5


def test_features_are_levels_and_bins_over_their_means_and_time_stands_still_in_silence() -> None:
    widths = [2, 3, 5]
    features = Features(widths, 4, ALPHA, 20)
    generator = torch.Generator().manual_seed(1)
    spectrum = torch.complex(torch.randn(12, 10, generator=generator), torch.randn(12, 10, generator=generator))
    heard = torch.ones(12, dtype=torch.bool)
    heard[4:7] = False
    levels, sizes = torch.tensor([-60.0, -70.0, -80.0]), torch.tensor([0.1, 0.2, 0.3, 0.4])
    bands, bins, levels_after, sizes_after = features(spectrum, heard, levels, sizes)
    assert bands.shape == (1, 1, 12, 3)
    assert bins.shape == (1, 2, 12, 4)
    for i in range(12):
        power = spectrum[i].abs().square()
        level = 10 * torch.log10(torch.stack([part.mean() for part in power.split(widths)]) + 1e-10)
        if heard[i]:
            levels = ALPHA * levels + (1 - ALPHA) * level
            sizes = ALPHA * sizes + (1 - ALPHA) * spectrum[i, :4].abs()
        assert (bands[0, 0, i] - (level - levels) / 40).abs().max() < 1e-5
        wanted = torch.view_as_real(spectrum[i, :4] / sizes.sqrt())
        assert (bins[0, :, i] - wanted.T).abs().max() < 1e-5
    assert (levels_after - levels).abs().max() < 1e-4
    assert (sizes_after - sizes).abs().max() < 1e-5
