"""Beats, after D. P. W. Ellis: "Beat tracking by dynamic programming", Journal of New Music Research 36(1), 2007."""

from __future__ import annotations

import torch


def beat_period(envelope: torch.Tensor) -> int:
    """The beat's period, in frames of 10 ms: the strongest echo of the envelope, slow and fast ones discounted.

    Args:
        envelope: onset strength, shape `(frames,)`, mean removed.

    Returns:
        Frames, or 0 where nothing repeats.
    """
    count = envelope.shape[0]
    size = 1
    while size < 2 * count:
        size *= 2
    power = torch.fft.rfft(envelope, size).abs().pow(2)
    echo = torch.fft.irfft(power, size)[: min(count, 401)]
    echo = torch.nn.functional.pad(echo / echo[0].clamp_min(1e-12), (0, 401 - echo.shape[0]))
    lag = torch.arange(401, dtype=torch.float32, device=envelope.device)
    weight = torch.exp(-0.5 * (torch.log2(lag.clamp_min(1.0) / 50.0) / 0.9) ** 2)
    weighted = echo * weight
    lags = torch.arange(27, 110, device=envelope.device)  # 222 to 55 beats a minute
    strength = weighted[lags] + 0.5 * weighted[2 * lags] + 0.25 * weighted[2 * lags - 1] + 0.25 * weighted[2 * lags + 1]
    best = int(lags[strength.argmax()].item())
    if float(echo[best].item()) < 0.1:
        return 0
    return best


def track_beats(flux: torch.Tensor) -> torch.Tensor:
    """Find the evenly spaced row of frames that is strongest in all (Ellis 2007, equations 2 and 3).

    Args:
        flux: shape `(frames,)`, one value each 5 ms.

    Returns:
        Beats in frames of 10 ms, ascending, shape `(n,)`; empty where nothing repeats.
    """
    none = torch.zeros(0, dtype=torch.long)
    if flux.shape[0] < 400:  # two seconds: too short to speak of a beat
        return none
    envelope = torch.nn.functional.avg_pool1d(flux.view(1, 1, -1), 2).view(-1).cpu()
    count = envelope.shape[0]
    envelope = envelope / envelope.std().clamp_min(1e-9)
    period = beat_period(envelope - envelope.mean())
    if period == 0:
        return none
    reach = torch.arange(-period, period + 1, dtype=torch.float32)
    kernel = torch.exp(-0.5 * (reach * 32.0 / period) ** 2)
    local = torch.nn.functional.conv1d(envelope.view(1, 1, -1), kernel.view(1, 1, -1), padding=period).view(-1)

    furthest, nearest = 2 * period, period // 2
    lag = torch.arange(furthest, nearest - 1, -1, dtype=torch.float32)
    penalty = -100.0 * torch.log(lag / period) ** 2
    score = torch.nn.functional.pad(local, (furthest, 0))  # before the sound: nothing gained
    origins: list[int] = []
    for i in range(count):
        best, origin = (score[i : i + lag.shape[0]] + penalty).max(dim=0)
        score[furthest + i] += best
        origins.append(i + int(origin) - furthest)
    score = score[furthest:]
    at = count - period + int(score[count - period :].argmax())
    path: list[int] = []
    while at >= 0:
        path.append(at)
        at = origins[at]
    found = torch.tensor(path, dtype=torch.long).flip(0)
    strong = local[found] > 0.5 * local[found].pow(2).mean().sqrt()
    inside = torch.nonzero(strong).flatten()
    if inside.shape[0] < 4:
        return none
    return found[int(inside[0]) : int(inside[-1]) + 1]
