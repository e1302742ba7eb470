"""Where notes begin and end: one struck again, one that swells slowly, and what is no note but two at once."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from endpoints.bundled.attacks import levels, steepness
from endpoints.bundled.frames import magnitudes
from endpoints.bundled.note_ghosts import ghosts, without_ghosts
from endpoints.bundled.partials import partial_bins, partials_level, with_neighbours
from endpoints.bundled.segments import runs


class NoteEdges(nn.Module):
    """One state per frame, a note or none, to notes with starts and ends."""

    window: torch.Tensor
    bins: torch.Tensor

    def __init__(self, rate: int, hop: int, lowest: int, highest: int, late: int) -> None:
        """Prepare for MIDI numbers from `lowest` to `highest`, a state each, and one more for none.

        Args:
            rate: in Hz.
            hop: samples from one frame to the next.
            lowest: MIDI number of the first state.
            highest: MIDI number of the last state that is a note.
            late: samples by which the pitch of the very highest notes is heard late; of others it is less, by half
                their period.
        """
        super().__init__()
        self.rate, self.hop, self.late = float(rate), hop, float(late)
        self.lowest, self.count = lowest, highest - lowest + 1
        self.size = 1024  # 46 ms
        self.level_window = 704  # 32 ms: the dip between two strokes shows, the period of A0 hardly
        self.shortest = 5  # frames, 58 ms
        self.silence = 1e-3  # RMS, -60 dB
        self.swell = 1.6  # of the level within 46 ms, 4 dB, is a new stroke
        self.settled = 10  # frames: a slow attack lasts as long
        self.dip, self.dip_twice = 1.3, 3.5  # the level falls and rises by so much, and by so much together
        self.reach_dip = 10  # frames to either side of a dip, 116 ms
        self.deeper, self.near_dip, self.alone = 1.6, 7, 18  # than all others 7 to 18 frames away, on one side
        self.back, self.ahead = 15, 10  # frames around a change of pitch in which the note swells
        self.begun = 0.1  # share of its swell
        self.swells = 1.3  # what swells less has no start that shows
        self.register_buffer("window", torch.hann_window(self.size))
        notes = torch.arange(lowest, highest + 1)
        none = torch.full((1, 8), self.size // 2 + 1)
        self.register_buffer("bins", torch.cat([partial_bins(notes, rate, self.size, 8, 6000.0), none]))

    def near(self, marks: torch.Tensor, before: int, after: int) -> torch.Tensor:
        """Frames from `before` frames before to `after` frames after a mark: bool, shape `(frames,)`."""
        row = torch.nn.functional.pad(marks.to(torch.float32), (after, before)).view(1, 1, -1)
        return torch.nn.functional.max_pool1d(row, before + after + 1, 1).view(-1) > 0

    def strokes(self, level: torch.Tensor) -> torch.Tensor:
        """Frames in which the level rises steeply.

        Args:
            level: RMS per frame, shape `(frames,)`.

        Returns:
            Shape `(frames,)`, bool.
        """
        reach = 4
        earlier = torch.nn.functional.pad(level, (reach, 0), value=0.0).unfold(0, reach, 1)[: level.shape[0]]
        swell = level / earlier.min(dim=1)[0].clamp_min(1e-6)
        soon = torch.nn.functional.pad(swell, (0, reach)).unfold(0, reach + 1, 1).max(dim=1)[0]
        steep = steepness(level)
        steepest = torch.nn.functional.max_pool1d(steep.view(1, 1, -1), 2 * reach + 1, 1, reach).view(-1)
        return (steep >= steepest) & (soon > self.swell) & (steep > self.silence)

    def dips(self, level: torch.Tensor, states: torch.Tensor) -> torch.Tensor:
        """Frames in which a note all but ends, and goes on; once, for a tremolo has one dip after the other.

        Args:
            level: RMS per frame, shape `(frames,)`.
            states: shape `(frames,)`.

        Returns:
            Shape `(frames,)`, bool.
        """
        reach, far, near = self.reach_dip, self.alone, self.near_dip
        around = torch.nn.functional.pad(level, (far, far)).unfold(0, 2 * far + 1, 1)
        same = torch.nn.functional.pad(states, (far, far), value=-1.0).unfold(0, 2 * far + 1, 1) == states.view(-1, 1)
        heights = torch.where(same, around, torch.zeros_like(around))
        least = level.clamp_min(1e-6)
        fall = heights[:, far - reach : far].max(dim=1)[0] / least
        rise = heights[:, far + 1 : far + reach + 1].max(dim=1)[0] / least
        depths = torch.where(same, around, torch.full_like(around, 1e9))
        before, after = depths[:, : far - near + 1].min(dim=1)[0], depths[:, far + near :].min(dim=1)[0]
        before, after = before * (before < 1e9), after * (after < 1e9)
        alone = torch.maximum(before, after) > self.deeper * least
        lowest = -torch.nn.functional.max_pool1d(-level.view(1, 1, -1), 7, 1, 3).view(-1)
        deep = (fall > self.dip) & (rise > self.dip) & (fall * rise > self.dip_twice)
        return (level <= lowest) & deep & alone & (states < self.count)

    def split(self, states: torch.Tensor, level: torch.Tensor) -> torch.Tensor:
        """Number the runs of states, and start a new run where a note is struck again.

        Args:
            states: one state per frame, shape `(frames,)`.
            level: RMS per frame, shape `(frames,)`.

        Returns:
            A number per frame, shape `(frames,)`, that differs between neighbouring notes.
        """
        changed = torch.nn.functional.pad(states[1:] != states[:-1], (1, 0), value=False)
        dips = self.dips(level, states) & ~self.near(changed, self.shortest, self.shortest)
        taken = self.near(changed, self.shortest, self.settled) | self.near(dips, self.shortest, self.settled)
        strokes = self.strokes(level) & ~taken
        return torch.cumsum((changed | dips | strokes).to(torch.long), 0)

    def starts(
        self, first: torch.Tensor, end: torch.Tensor, note: torch.Tensor, again: torch.Tensor, wide: torch.Tensor
    ) -> torch.Tensor:
        """Place starts where a note's own partials begin to swell.

        Args:
            first: frame in which the pitch is heard first, shape `(n,)`, int64, ascending.
            end: frame in which it is heard no more, shape `(n,)`, int64.
            note: state, shape `(n,)`.
            again: which notes are the one before, struck again, shape `(n,)`, bool.
            wide: spectra as :func:`endpoints.bundled.partials.with_neighbours` gives them.

        Returns:
            In frames and parts of them, shape `(n,)`, float32.
        """
        period = self.rate / (440.0 * 2.0 ** ((note + self.lowest - 69.0) / 12.0))
        heard = first - torch.where(again, 0.0, ((self.late - 0.5 * period) / self.hop).clamp_min(0.0))
        earliest = torch.nn.functional.pad(first[:-1] + 3, (1, 0)).unsqueeze(1)
        at = first.unsqueeze(1) + torch.arange(-self.back, self.ahead, device=first.device)
        last = torch.minimum(end - 1, torch.full_like(end, wide.shape[0] - 1)).unsqueeze(1)
        inside = (at >= torch.minimum(earliest, first.unsqueeze(1))) & (at >= 0) & (at <= last)
        at = at.clamp(0, wide.shape[0] - 1)
        swell = partials_level(wide, at, self.bins[note].unsqueeze(1).expand(-1, at.shape[1], -1))
        place = torch.arange(at.shape[1], device=first.device)
        late = inside & (place >= self.back - 2)
        top, at_top = torch.where(late, swell, torch.full_like(swell, -1.0)).max(dim=1, keepdim=True)
        rising = inside & (place <= at_top)
        least = torch.where(rising, swell, top).min(dim=1, keepdim=True)[0]
        line = least + self.begun * (top - least)
        below = torch.where(rising & (swell < line), place, torch.full_like(place, -1).expand_as(at)).max(dim=1)[0]
        one = below.clamp(0, at.shape[1] - 2).unsqueeze(1)
        low, high = swell.gather(1, one), swell.gather(1, one + 1)
        part = ((line - low) / (high - low).clamp_min(1e-9)).clamp(0.0, 1.0).squeeze(1)
        begun = at.gather(1, one).squeeze(1) + part
        shows = (below >= 0) & (top > self.swells * least).squeeze(1)
        begun = torch.where(again, begun, torch.minimum(begun, heard))
        start = torch.where(shows, begun, heard).clamp_min(0.0)
        steps = 2.0 * torch.arange(start.shape[0], device=first.device)  # the least from one start to the next
        return torch.cummax(start - steps, 0)[0] + steps if start.shape[0] > 0 else start

    def forward(self, x: torch.Tensor, states: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Find the notes.

        Args:
            x: mono signal, shape `(samples,)`.
            states: one state per frame, shape `(frames,)`, int64.

        Returns:
            First and end frame in which the note is heard, shape `(n, 2)`, int64; start and end in frames and parts of
            them, shape `(n, 2)`, float32, ascending and not overlapping; and the state, shape `(n,)`.
        """
        wide = with_neighbours(magnitudes(x, self.window, self.hop))
        first, end, _ = runs(self.split(states, levels(x, self.level_window, self.hop)))
        kept = (states[first] < self.count) & (end - first >= self.shortest)
        first, end = first[kept], end[kept]
        note = states[first]
        ghost = ghosts(x, first, end, note + self.lowest, self.rate)
        first, end, note = without_ghosts(first, end, note, ghost)
        again = (first > 0) & (states[(first - 1).clamp_min(0)] == note)
        start = self.starts(first, end, note, again, wide)
        after = torch.nn.functional.pad(start[1:], (0, 1), value=float(states.shape[0]))
        close = torch.minimum(end - 0.5, after)
        return torch.stack([first, end], 1), torch.stack([start, close], 1), note
