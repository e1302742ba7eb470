"""From a probability of speech in each frame to stretches of speech, by the rule that silero-vad publishes.

Speech begins where the probability reaches a threshold, and ends where it falls below a lower one for a while.
(Silero Team: "Silero VAD", 2024, https://github.com/snakers4/silero-vad, the description of `get_speech_timestamps`.)
"""

import torch


def speech_stretches(
    probabilities: torch.Tensor, threshold: float, shortest_speech: float, shortest_pause: float
) -> torch.Tensor:
    """Find the stretches of speech.

    Args:
        probabilities: of speech in each frame, shape `(frames,)`, 0 to 1.
        threshold: the probability at which speech begins; it ends below 0.15 less, but never below less than 0.01.
        shortest_speech: frames; no longer stretches are left out.
        shortest_pause: frames; speech goes on over shorter pauses.

    Returns:
        First frame and end frame (exclusive) of each, shape `(n, 2)`, long, in order.
    """
    least = max(threshold - 0.15, 0.01)
    found: list[int] = []
    start, silent = -1, -1
    values: list[float] = probabilities.tolist()
    for i, value in enumerate(values):
        if value >= threshold:
            start = i if start < 0 else start
            silent = -1
        elif value < least and start >= 0:
            silent = i if silent < 0 else silent
            if i - silent >= shortest_pause:
                if silent - start > shortest_speech:
                    found.append(start)
                    found.append(silent)
                start = -1
    if start >= 0 and len(values) - start > shortest_speech:
        found.append(start)
        found.append(len(values))
    return torch.tensor(found, dtype=torch.long).view(-1, 2)


def with_margins(stretches: torch.Tensor, margin: float, length: float) -> torch.Tensor:
    """Let stretches, shape `(n, 2)`, begin and end earlier and later by `margin`, within 0 to `length`.

    Two that come to lie closer than that meet in the middle between them. All in one unit, such as samples; float64.
    """
    wider = stretches.to(torch.float64)
    gaps = wider[1:, 0] - wider[:-1, 1]
    between = torch.where(gaps < 2.0 * margin, 0.5 * gaps, torch.full_like(gaps, margin))
    ends = torch.full((1,), margin, dtype=torch.float64, device=wider.device)
    earlier, later = torch.cat([ends, between]), torch.cat([between, ends])
    wider = torch.stack([wider[:, 0] - earlier[: wider.shape[0]], wider[:, 1] + later[: wider.shape[0]]], 1)
    return wider.clamp(0.0, length)
