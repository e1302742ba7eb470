"""Notes that nobody played: while one note fades into the next, both repeat after a common period, far below them."""

from __future__ import annotations

import torch


def is_shared(note: torch.Tensor, other: torch.Tensor, partials: int) -> torch.Tensor:
    """Tell the partials of a note that fall on those of another.

    Args:
        note: MIDI numbers, shape `(n,)`.
        other: MIDI numbers, shape `(n,)`.
        partials: how many of the note.

    Returns:
        Shape `(n, partials)`, bool.
    """
    number = torch.arange(1, partials + 1, device=note.device)
    ratio = number * 2.0 ** ((note - other).to(torch.float64) / 12.0).unsqueeze(1)
    nearest = torch.round(ratio).clamp_min(1.0)
    return 12.0 * torch.log2(ratio / nearest).abs() < 0.6


def ghosts(
    x: torch.Tensor,
    first: torch.Tensor,
    end: torch.Tensor,
    note: torch.Tensor,
    rate: float,
    longest: int = 20,
    touching: int = 3,
    below: int = 9,
    own: float = 0.15,
) -> torch.Tensor:
    """Tell the short notes between others that have no partial of their own.

    Args:
        x: mono signal, shape `(samples,)`.
        first: first frame of each note, in frames of 256 samples, shape `(n,)`, int64, ascending.
        end: the frame after its last, shape `(n,)`, int64.
        note: MIDI numbers, shape `(n,)`.
        rate: in Hz.
        longest: frames that two notes sound together at most; 0.23 s at 22050 Hz.
        touching: frames between notes that follow each other at once.
        below: semitones that the common period lies below one of them, at least.
        own: what a note has that is one, its loudest partial of its own as a share of the loudest of the others.

    Returns:
        Shape `(n,)`, bool.
    """
    count = note.shape[0]
    found = torch.zeros(count, dtype=torch.bool, device=x.device)
    if count < 2:
        return found
    touches = first[1:] - end[:-1] <= touching
    next_above = torch.nn.functional.pad(touches & (note[1:] - note[:-1] >= below), (0, 1), value=False)
    last_above = torch.nn.functional.pad(touches & (note[:-1] - note[1:] >= below), (1, 0), value=False)
    after = torch.nn.functional.pad(touches, (0, 1), value=False)
    before = torch.nn.functional.pad(touches, (1, 0), value=False)
    places = torch.nonzero((end - first <= longest) & (next_above | last_above)).flatten()
    partials, size = 8, 2048
    window = torch.hann_window(size, device=x.device)
    padded = torch.nn.functional.pad(x, (size // 2, size))
    listed: list[int] = places.tolist()
    for i in listed:
        start = int(first[i] + end[i]) // 2 * 256
        spectrum = torch.fft.rfft(padded[start : start + size] * window).abs()
        number = torch.arange(1, partials + 1, device=x.device)
        bins = torch.round(number * 440.0 * 2.0 ** ((note[i] - 69) / 12.0) * size / rate).to(torch.long)
        heard = spectrum[bins.clamp_max(size // 2)]
        shared = torch.zeros(partials, dtype=torch.bool, device=x.device)
        if bool(before[i]):
            shared = shared | is_shared(note[i : i + 1], note[i - 1 : i], partials)[0]
        if bool(after[i]):
            shared = shared | is_shared(note[i : i + 1], note[i + 1 : i + 2], partials)[0]
        apart = torch.where(shared, torch.zeros_like(heard), heard).max()
        found[i] = apart < own * torch.where(shared, heard, torch.zeros_like(heard)).max()
    return found


def without_ghosts(
    first: torch.Tensor, end: torch.Tensor, note: torch.Tensor, ghost: torch.Tensor, touching: int = 3
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Leave ghosts out; the note that fades in beneath one begins where it did: three tensors of shape `(n,)`."""
    if not bool(ghost.any()):
        return first, end, note
    next_begins = torch.nn.functional.pad(ghost[:-1] & (first[1:] - end[:-1] <= touching), (1, 0), value=False)
    earlier = torch.nn.functional.pad(first[:-1], (1, 0))
    first = torch.where(next_begins, earlier, first)
    return first[~ghost], end[~ghost], note[~ghost]
