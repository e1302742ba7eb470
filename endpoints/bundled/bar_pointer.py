"""The most likely row of beats and bars: a pointer that runs through the bar at a tempo of its own.

The state space is that of F. Krebs, S. Böck, G. Widmer: "An efficient state-space model for joint tempo and meter
tracking", ISMIR 2015: a beat lasts a whole number of frames, and the tempo changes only from beat to beat, with a
probability that falls by the exponential of the relative change (their equation 6). As nothing is decided between two
beats, a beat is one step here, which gives the same path as a step for each frame and lets all beats that cannot
follow each other be worked out at once. The pointer may also rest where there is no rhythm.
"""

from __future__ import annotations

import torch


def previous_in_bar(bars: list[int]) -> torch.Tensor:
    """Of each beat of bars of so many beats, in a row, the place in the row of the beat before: shape `(beats,)`.

    >>> previous_in_bar([3, 2])
    tensor([2, 0, 1, 4, 3])
    """
    before: list[int] = []
    for beats in bars:
        first = len(before)
        before.append(first + beats - 1)
        before.extend([first + i for i in range(beats - 1)])
    return torch.tensor(before, dtype=torch.long)


def follow_bars(
    on_beat: torch.Tensor,
    between: torch.Tensor,
    shortest: int,
    before: torch.Tensor,
    inertia: float,
    jump: float = 20.0,
    begin: float = 15.0,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Decode the most likely beats (Viterbi 1967).

    Args:
        on_beat: log-likelihood ratio, against no rhythm, of each beat of each kind of bar at each frame, shape
            `(frames, beats)`.
        between: the same of what follows a beat at a frame until the next one, for each length of a beat, shape
            `(frames, lengths)`; at most 255 lengths.
        shortest: the first of these lengths, in frames; each next one is a frame longer.
        before: as :func:`previous_in_bar` gives it, shape `(beats,)`.
        inertia: by which the tempo resists changes.
        jump: cost of any change of tempo at once.
        begin: cost of a rhythm that begins; it does so `shortest` frames after the one before at the earliest.

    Returns:
        Frames of the beats, ascending, and which beat each is, both int64, shape `(n,)`.
    """
    reach = 12  # frames by which a beat may be longer or shorter than the one before, other than by a jump
    count, kinds = on_beat.shape
    lengths = between.shape[1]
    longest = shortest + lengths - 1
    length = torch.arange(shortest, longest + 1)

    # The score of all up to the end of the beat that began at a frame, by its length; kept by when that beat ends, in
    # a ring: beats that begin in a block of frames end before the ring is round, and each place is written anew.
    impossible = -1e9
    ring = shortest + longest
    arrived = torch.full((ring, kinds, lengths), impossible)
    change = torch.arange(-reach, reach + 1)
    earlier = length.unsqueeze(1) + change
    penalty = -inertia * (length.unsqueeze(1) / earlier.clamp_min(1) - 1.0).abs()
    from_length = torch.zeros(count, kinds, lengths, dtype=torch.uint8)  # 255: none, the rhythm begins
    resting = torch.tensor(0.0)
    begun = torch.zeros(shortest)  # the score of the rest that lasts since a block ago, for each frame of a block
    heard = torch.tensor(-1)  # where the rhythm before the rest ended
    rested: list[torch.Tensor] = []
    ended: list[torch.Tensor] = []
    places = torch.arange(lengths)
    for start in range(0, count, shortest):
        stop = min(start + shortest, count)
        frames = torch.arange(start, stop)
        arrival = arrived[(frames % ring).unsqueeze(1), before]
        near, nearest = (
            torch.nn.functional.pad(arrival, (reach, reach), value=impossible).unfold(2, 2 * reach + 1, 1) + penalty
        ).max(dim=3)
        nearest = nearest + places - reach
        far, farthest = arrival.max(dim=2, keepdim=True)
        jumps = far - jump > near
        score = torch.where(jumps, far - jump, near)
        origin = torch.where(jumps, farthest, nearest)

        finals, final = (far.squeeze(2) + on_beat[start:stop]).flatten(1).max(dim=1)
        rests, last = torch.cummax(torch.cat([resting.view(1), finals]), 0)
        rested.append(torch.where(last[1:] > 0, last[1:] - 1 + start, heard))
        heard = rested[-1][-1]
        ended.append(final * lengths + farthest.squeeze(2).gather(1, final.unsqueeze(1)).squeeze(1))
        resting = rests[-1]
        fresh = (begun[: stop - start] - begin).view(-1, 1, 1).expand_as(score)
        begun = rests[1:]
        from_length[start:stop] = torch.where(fresh > score, torch.full_like(origin, 255), origin).to(torch.uint8)
        score = torch.maximum(score, fresh) + on_beat[start:stop].unsqueeze(2) + between[start:stop].unsqueeze(1)
        # One write for all frames of the block: frame, kind, length -> the frame where that beat ends.
        at = (frames.unsqueeze(1) + length) % ring
        arrived[at, :, places] = score.transpose(1, 2)
    later = torch.arange(longest)
    never = later.unsqueeze(1) >= length  # the place holds what another, earlier beat had
    beyond = arrived[(count + later) % ring].masked_fill(never.unsqueeze(1), impossible)
    return _path(beyond, from_length, torch.cat(rested), torch.cat(ended), resting, before, shortest, count)


def _path(
    beyond: torch.Tensor,
    from_length: torch.Tensor,
    rested: torch.Tensor,
    ended: torch.Tensor,
    resting: torch.Tensor,
    before: torch.Tensor,
    shortest: int,
    count: int,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Go back from the best end, `beyond` being the beats whose next one would lie there; see :func:`follow_bars`."""
    lengths = beyond.shape[2]
    kinds = beyond.shape[1]
    beats: list[int] = []
    beat_kinds: list[int] = []
    best = int(beyond.argmax())
    last_rest: list[int] = rested.tolist()
    last_end: list[int] = ended.tolist()
    previous: list[int] = before.tolist()
    at = -1
    kind = 0
    place = 0
    rest = count - 1
    if float(beyond.max()) > float(resting):
        place = best % lengths
        kind = best // lengths % kinds
        at = best // (lengths * kinds) + count - (place + shortest)
    while True:
        if at < 0:
            # At rest: the rhythm before it ended on a beat, if there was one.
            if rest < 0 or last_rest[rest] < 0:
                break
            at = last_rest[rest]
            kind = last_end[at] // lengths
            beats.append(at)
            beat_kinds.append(kind)
            place = last_end[at] % lengths
            kind = previous[kind]
            at -= place + shortest
        beats.append(at)
        beat_kinds.append(kind)
        origin = int(from_length[at, kind, place])
        if origin == 255:
            rest = at - shortest
            at = -1
        else:
            kind = previous[kind]
            place = origin
            at -= place + shortest
    return torch.tensor(beats, dtype=torch.long).flip(0), torch.tensor(beat_kinds, dtype=torch.long).flip(0)
