"""Drums and clicks whose beats are known."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.signal import lfilter

from endpoints.bundled.beat_tracking import BeatTracking, double, half

RATE = 44100
AS_IT_IS = (55.0, 215.0, "as found", "auto")


@pytest.fixture(scope="module")
def tracking() -> BeatTracking:
    return BeatTracking(RATE).eval()


def drum(name: str) -> np.ndarray:
    rng, time = np.random.default_rng(3), np.arange(int(0.15 * RATE)) / RATE
    if name == "kick":
        return np.sin(2 * np.pi * (50 * time + 3 * (1 - np.exp(-30 * time)))) * np.exp(-25 * time)
    noise = rng.standard_normal(len(time))
    if name == "hat":
        return 0.3 * np.diff(noise, prepend=0.0) * np.exp(-60 * time)
    return (0.4 * noise + 0.5 * np.sin(2 * np.pi * 190 * time)) * np.exp(-25 * time)


def played(strokes: dict[str, np.ndarray], seconds: float) -> torch.Tensor:
    sound = np.zeros(int((seconds + 1) * RATE))
    for name, times in strokes.items():
        one = drum(name)
        for at in np.round(times * RATE).astype(int):
            sound[at : at + len(one)] += one
    return torch.tensor(0.5 * sound[: int(seconds * RATE)], dtype=torch.float32)


def rock(beats: np.ndarray, beats_per_bar: int = 4) -> torch.Tensor:
    """Kick and snare in turn (in bars of three: one kick, two snares), hi-hat between."""
    place = np.arange(len(beats)) % beats_per_bar
    kick = place % 2 == 0 if beats_per_bar == 4 else place == 0
    hats = np.concatenate([beats, (beats[1:] + beats[:-1]) / 2])
    return played({"kick": beats[kick], "snare": beats[~kick], "hat": hats}, beats[-1] + 0.5)


def test_off_beat_hats_leave_the_beat_to_the_kick(tracking: BeatTracking) -> None:
    beats = np.arange(0.3, 16, 60 / 124)
    off = beats[:-1] + 30 / 124
    hats = np.concatenate([off, off, off])  # three times as loud
    found, _ = tracking(played({"kick": beats, "hat": hats, "snare": beats[1::2]}, 16.5), *AS_IT_IS)
    assert found.numpy() == pytest.approx(beats, abs=0.03)


def test_bars_begin_on_the_kick(tracking: BeatTracking) -> None:
    beats = np.arange(0.3, 16, 60 / 100)
    found, first = tracking(rock(beats), *AS_IT_IS)
    assert found.numpy() == pytest.approx(beats, abs=0.03)
    assert first.nonzero().flatten().diff().unique().tolist() == [4]
    assert int(first.nonzero()[0]) % 2 == 0


def test_a_waltz_has_three_beats_in_a_bar(tracking: BeatTracking) -> None:
    beats = np.arange(0.3, 16, 60 / 120)
    found, first = tracking(rock(beats, 3), *AS_IT_IS)
    assert found.numpy() == pytest.approx(beats, abs=0.03)
    assert first.nonzero().flatten().tolist() == list(range(0, len(beats), 3))


def test_a_step_of_the_tempo_is_followed(tracking: BeatTracking) -> None:
    beats = np.concatenate([np.arange(0.3, 9.9, 0.6), np.arange(9.9, 18, 60 / 140)])
    found, _ = tracking(rock(beats), *AS_IT_IS)
    missed = [at for at in beats if np.abs(found.numpy() - at).min() > 0.05]
    assert len(missed) <= 1
    assert abs(len(found) - len(beats)) <= 1


def test_waves_of_the_tempo_are_followed(tracking: BeatTracking) -> None:
    beats = 0.3 + np.cumsum(0.6 * (1 + 0.1 * np.sin(2 * np.pi * np.arange(32) / 16)))
    found, _ = tracking(rock(beats), *AS_IT_IS)
    assert found.numpy() == pytest.approx(beats, abs=0.04)


def test_the_controls_decide(tracking: BeatTracking) -> None:
    beats = np.arange(0.3, 16, 0.6)
    sound = rock(beats)
    slow, _ = tracking(sound, 45.0, 60.0, "as found", "auto")
    assert slow.diff().mean() == pytest.approx(1.2, abs=0.02)
    fast, _ = tracking(sound, 230.0, 180.0, "as found", "auto")
    assert fast.diff().mean() == pytest.approx(0.3, abs=0.01)
    halved, _ = tracking(sound, 55.0, 215.0, "half", "auto")
    assert halved.numpy() == pytest.approx(beats[::2], abs=0.03)
    doubled, _ = tracking(sound, 55.0, 215.0, "double", "auto")
    assert doubled[::2].numpy() == pytest.approx(beats, abs=0.03)
    for beats_per_bar in (2, 3, 4, 5, 6, 7):
        _, first = tracking(sound, 90.0, 110.0, "as found", str(beats_per_bar))
        assert first.nonzero().flatten().diff().unique().tolist() == [beats_per_bar]


def test_half_keeps_the_downbeats_and_double_adds_none() -> None:
    seconds = torch.arange(9) * 0.5
    first = torch.tensor([0, 1, 0, 0, 0, 1, 0, 0, 0], dtype=torch.bool)
    kept, bars = half(seconds, first)
    assert kept.tolist() == [0.5, 1.5, 2.5, 3.5]
    assert bars.tolist() == [True, False, True, False]
    more, bars = double(seconds, first)
    assert more.tolist() == [i * 0.25 for i in range(17)]
    assert bars.nonzero().flatten().tolist() == [2, 10]


def test_regularity_is_the_autocorrelation_of_all_parts_at_the_best_step(tracking: BeatTracking) -> None:
    rng = np.random.default_rng(0)
    found = np.sort(rng.choice(np.arange(4, 780), 60, replace=False))
    strokes = rng.exponential(size=(60, 5)).astype(np.float32)
    row = np.zeros((800, 5))
    row[found] = np.log1p(strokes)
    spread = tracking.evidence.spread.flatten().numpy()
    near = np.stack([np.convolve(part, spread, "same") for part in row.T])
    near -= near.mean(1, keepdims=True)
    alike = np.array([(near[:, lag:] * near[:, : 800 - lag]).sum() * 800 / (800 - lag) for lag in range(600)])
    reach = {1: 0, 2: 1, 3: 1, 4: 2}
    expected = max(
        sum(alike[times * step - reach[times] : times * step + reach[times] + 1].max() for times in reach)
        / 4
        / alike[0]
        for step in range(27, 131)
    )
    assert tracking.regularity(torch.tensor(found), torch.tensor(strokes), 800) == pytest.approx(expected, abs=1e-4)


def test_regularity_tells_a_rhythm_from_strokes_at_any_time(tracking: BeatTracking) -> None:
    rng = np.random.default_rng(1)
    strokes = torch.ones(50, 5)
    steady = torch.arange(50) * 40 + 10
    assert tracking.regularity(steady, strokes, 2010) > 0.9
    moved = steady + torch.tensor(rng.integers(-20, 20, 50)).clamp_min(-9)
    assert tracking.regularity(moved.sort().values, strokes, 2010) < 0.3


def test_repetition_is_that_of_any_row(tracking: BeatTracking) -> None:
    time = torch.arange(1200)
    beats = torch.exp(-0.5 * (((time % 62) - 20) / 2.0) ** 2).unsqueeze(0)
    assert tracking.repetition(beats) > 0.9
    assert tracking.repetition(torch.rand(1, 1200, generator=torch.Generator().manual_seed(0))) < 0.15


@pytest.mark.parametrize("bpm", [66, 92, 118, 146, 174])
def test_steady_drums_have_beats(tracking: BeatTracking, bpm: int) -> None:
    beats = np.arange(0.3, 12, 60 / bpm)
    found, _ = tracking(rock(beats), *AS_IT_IS)
    assert found.numpy() == pytest.approx(beats, abs=0.03)


def test_soft_notes_have_beats_where_the_network_hears_them(
    tracking: BeatTracking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Strings that swell: their strokes lie anywhere, and are as many between the beats as on them."""
    rng = np.random.default_rng(7)
    found = torch.tensor(np.sort(rng.choice(2000, 250, replace=False)))
    strokes, whole = torch.tensor(rng.exponential(0.3, (250, 6)), dtype=torch.float32), torch.full((2000,), 0.2)
    heard = torch.full((3, 2000), 0.02)
    heard[1, 40::60], heard[2, 40::240] = 0.9, 0.95
    heard[0] = (1 - heard[1:].sum(0)).clamp_min(0.02)

    assert tracking.follow(found, strokes, whole, 55.0, 215.0, "auto")[0].numel() == 0
    monkeypatch.setattr(tracking.odds.network, "forward", lambda *_: heard.log())
    seconds, first = tracking.follow(found, strokes, whole, 55.0, 215.0, "auto")
    assert seconds.numpy() == pytest.approx(np.arange(40, 2000, 60) / 100, abs=0.03)
    assert first.nonzero().flatten().tolist() == list(range(0, 33, 4))


@pytest.mark.parametrize("kind", ["noise", "rumble", "tone", "silence", "short"])
def test_what_has_no_rhythm_has_no_beats(tracking: BeatTracking, kind: str) -> None:
    noise = torch.randn(8 * RATE, generator=torch.Generator().manual_seed(0))
    sound = {
        "noise": 0.1 * noise,
        "rumble": torch.tensor(lfilter([0.03], [1, -0.97], noise.numpy()), dtype=torch.float32),
        "tone": 0.3 * torch.sin(2 * torch.pi * 440 * torch.arange(8 * RATE) / RATE),
        "silence": torch.zeros(8 * RATE),
        "short": rock(np.array([0.3, 0.9]))[:RATE],
    }[kind]
    found, first = tracking(sound, *AS_IT_IS)
    assert found.shape == first.shape == (0,)
