from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from app.audacitorch.profile import Calibration
from app.audacitorch.torchscript import script
from app.audacitorch.trial.calibration import calibrate
from app.audacitorch.trial.delay import find_delay
from app.audacitorch.trial.timed_run import made_up_sound
from tests.audacitorch.models import RATE
from tests.audacitorch.networks import Standardised


class Delayed(nn.Module):
    """A row for each delay, in samples (early, if negative), all of them at most half as loud as the input."""

    def __init__(self, *delays: int) -> None:
        super().__init__()
        self.delays = list(delays)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.cat([0.5 * nn.functional.pad(x.mean(0, keepdim=True), [late, -late]) for late in self.delays])


class LateSplit(nn.Module):
    """What lies below some frequency and the rest, 777 samples late: neither is a copy, their sum is."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        late = nn.functional.pad(x, [777, -777])
        low = nn.functional.avg_pool1d(nn.functional.pad(late, [7, 7]).unsqueeze(0), 15, 1)[0]
        return torch.cat([low, late - low])


class LateSides(nn.Module):
    """Two stereo stems, 300 samples late."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        late = nn.functional.pad(x, [300, -300])
        middle = late.mean(0, keepdim=True).expand(2, -1)
        return torch.cat([middle, late - middle])


class LaterWhenLoud(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        late = 50 if bool(x[:, x.shape[1] // 3 : x.shape[1] // 2].abs().mean() > 0.1) else 40
        return nn.functional.pad(x, [late, -late])


class LaterWhenLong(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        late = x.shape[1] // 1000
        return nn.functional.pad(x, [late, -late])


class Echo(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return 0.6 * x + 0.4 * nn.functional.pad(x, [2000, -2000])


class OneStemLate(nn.Module):
    """A late copy, and beside it a part of the input that is in its place."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        low = nn.functional.avg_pool1d(nn.functional.pad(x, [7, 7]).unsqueeze(0), 15, 1)[0]
        return torch.cat([nn.functional.pad(x, [777, -777]), 0.2 * low])


class Settable(nn.Module):
    """Late by as much as it is told to be."""

    def forward(self, x: torch.Tensor, late: int = 100) -> torch.Tensor:
        return nn.functional.pad(x, [late, -late])


def calibrated(network: nn.Module, channels: int = 1) -> Calibration:
    return calibrate(script(network.eval()), channels, RATE, 2.5)


def told(network: nn.Module, channels: int = 1) -> tuple[int, bool]:
    found = calibrated(network, channels)
    return found.delay, found.taken_back


@pytest.mark.parametrize("delay", [1, 777, -55, RATE])
def test_one_delay_of_all_rows_is_taken_back(delay):
    assert told(Delayed(delay)) == (delay, True)
    assert told(Delayed(delay, delay)) == (delay, True)
    assert told(Delayed(delay), channels=2) == (delay, True)


def test_what_lies_before_the_chunk_is_no_context_of_a_result_that_is_moved():
    found = calibrated(Delayed(777))
    assert (found.depends, found.before, found.after, found.stride) == ("context", 0, 0, 1)


def test_stems_that_are_no_copies_are_as_late_as_their_sum():
    assert told(LateSplit()) == (777, True)
    assert told(LateSides(), channels=2) == (300, True)


@pytest.mark.parametrize(
    "network, delays",
    [
        (Delayed(0, 777), (0, 777)),
        (Delayed(777, 778), (777, 778)),
        (LaterWhenLoud(), (40,)),
        (LaterWhenLong(), (20,)),
        (OneStemLate(), (777,)),
        (Delayed(RATE + 500), (RATE + 500,)),
    ],
)
def test_what_is_not_one_delay_for_all_rows_and_sounds_stays_and_is_told(network, delays):
    found = calibrated(network)
    assert (found.delay in delays, found.taken_back, found.moved) == (True, False, 0)


def test_a_delay_that_a_control_sets_is_not_taken_back():
    model = script(Settable().eval())

    def moved(x: torch.Tensor) -> torch.Tensor:
        return model(x, 200)

    assert calibrate(model, 1, RATE, 2.5).taken_back
    found = calibrate(model, 1, RATE, 2.5, settings=[moved])
    assert (found.delay, found.taken_back) == (100, False)


@pytest.mark.parametrize("network", [nn.Identity, Standardised, Echo, lambda: Delayed(0, 0)])
def test_no_delay_is_imagined(network):
    assert told(network()) == (0, False)


@pytest.mark.parametrize("rate", [8000, 44_100])
@pytest.mark.parametrize("delay", [0, 1, 37, 5000, -60])
def test_a_late_copy_is_found_however_little_of_it_is_left(rate, delay):
    x = made_up_sound(2, 5 * rate // 2, rate, 0)
    y = np.roll(x, delay, axis=1)
    y[:, :delay] = 0 if delay > 0 else y[:, :delay]
    y[:, delay:] = 0 if delay < 0 else y[:, delay:]
    assert find_delay(x, y) == delay
