"""Instruments: which of them play in each second, as musicnn hears it.

The network (see :mod:`endpoints.bundled.musicnn_network`) looks at 3 s at a time; a second is told by the 3 s around
it. It is never given silence that is not between sounds: at the ends of a sound it looks at the first or last 3 s, and
what is shorter is repeated. Everything lies on a grid that any even second may begin, so that a region in chunks gets
the labels of the whole.
"""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.frames import sound_length
from endpoints.bundled.instrument_example import guitar_then_drums
from endpoints.bundled.music_tags import LABELS, MSD, MTT, VIEWS, members
from endpoints.bundled.musicnn_network import FRAMES, SAMPLE_RATE, LogMel, Musicnn
from endpoints.bundled.network_weights import MUSICNN
from endpoints.bundled.segments import runs
from endpoints.bundled.tensor_bundle import read_tensors

TAG_SETS = ["MagnaTagATune", "Million Song Dataset"]
SHOWN = ["families", "single instruments", "all tags"]


class Instruments(nn.Module):
    """Mono sound at 16 kHz to labels of a second each.

    Args:
        mtt: the network for the tags of MagnaTagATune.
        msd: the one for those of the Million Song Dataset.
    """

    views: torch.Tensor

    def __init__(self, mtt: Musicnn, msd: Musicnn) -> None:
        super().__init__()
        self.spectrogram = LogMel()
        self.mtt, self.msd = mtt, msd
        # Which tags count for which label: (tag sets, views, labels, tags).
        self.register_buffer("views", torch.stack([torch.stack([members(t, v) for v in VIEWS]) for t in (MTT, MSD)]))
        self.rate, self.hop = SAMPLE_RATE, self.spectrogram.hop
        self.frames = FRAMES
        self.silent = 1e-4  # peak, -80 dB: noise below it is nothing to name an instrument by
        self.pause, self.shortest = 63, 7  # blocks of 16 ms: shorter pauses belong to the sound, shorter sounds do not
        self.loud, self.most_gain = 0.16, 100.0  # RMS of records, -16 dB; 40 dB

    def sounds(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Find the stretches of sound between pauses of a second and more.

        Args:
            x: mono signal, shape `(samples,)`.

        Returns:
            First block of 256 samples and end block (exclusive) of each, shape `(stretches,)`.
        """
        blocks = torch.nn.functional.pad(x.abs(), (0, -x.shape[0] % self.hop)).view(-1, self.hop)
        first, end, heard = runs((blocks.amax(1) > self.silent).to(torch.long))
        first, end = first[heard == 1], end[heard == 1]
        if first.shape[0] > 1:
            apart = first[1:] - end[:-1] >= self.pause
            first = first[torch.nn.functional.pad(apart, (1, 0), value=True)]
            end = end[torch.nn.functional.pad(apart, (0, 1), value=True)]
        long = end - first >= self.shortest
        return first[long], end[long]

    def patches(
        self, x: torch.Tensor, first: int, end: int, power: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Cut the 3 s around each second of a stretch of sound out of the spectrogram.

        Args:
            x: mono signal, shape `(samples,)`.
            first: block of 256 samples that the stretch begins with.
            end: block that follows it.
            power: of `x` in mel bands, shape `(frames, 96)`.

        Returns:
            The seconds, counted from the start of `x`, shape `(n,)`; patches of power, `(n, 187, 96)`, or one for all
            of them; and the mean square of what each patch holds.
        """
        begin = first * self.hop // self.rate
        seconds = torch.arange(begin, (end * self.hop - 1) // self.rate + 1, device=x.device)
        own = x[first * self.hop : end * self.hop]
        if end - first < self.frames:
            looped = own.repeat(self.frames * self.hop // own.shape[0] + 1)[: self.frames * self.hop]
            patch = self.spectrogram.power(looped)[: self.frames]
            return seconds, patch.unsqueeze(0), looped.square().mean().unsqueeze(0)
        # 62.5 frames a second: a whole number after each even one.
        start = (seconds * 125 // 2 - 62).clamp(first, end - self.frames)
        squares = torch.nn.functional.pad(own, (0, -own.shape[0] % self.hop)).view(-1, self.hop).square().mean(1)
        mean = squares.unfold(0, self.frames, 1).mean(1)[start - first]
        return seconds, power[start.unsqueeze(1) + torch.arange(self.frames, device=x.device)], mean

    def probabilities(self, patches: torch.Tensor, msd: bool) -> torch.Tensor:
        """Ask a network for the tags' probabilities, `(patches, 50)`, of log-mel patches, `(patches, 187, 96)`."""
        # One by one is quickest: the widest layer takes 9 MB for each.
        each = [patches[i : i + 1] for i in range(patches.shape[0])]
        return torch.cat([self.msd(patch) if msd else self.mtt(patch) for patch in each])

    def forward(
        self,
        x: torch.Tensor,
        msd: bool = False,
        view: int = 0,
        least: float = 0.25,
        most: int = 3,
        match_level: bool = True,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Label each second.

        Args:
            x: shape `(channels, samples)`.
            msd: whether the tags are those of the Million Song Dataset.
            view: which of :data:`endpoints.bundled.music_tags.VIEWS`.
            least: probability from which on a label is given, 0 to 1.
            most: labels in a second.
            match_level: bring what is softer than records to their level, each 3 s by themselves, by up to 40 dB.

        Returns:
            Probabilities `(n, labels)`, in each row that of its own label only; and seconds `(n, 2)`.
        """
        mono = x.mean(0)
        mono = mono[: sound_length(mono)]
        power = self.spectrogram.power(mono)
        counted = self.views[int(msd), view].unsqueeze(0)
        rows: list[torch.Tensor] = [torch.zeros(0, counted.shape[1], device=x.device)]
        times: list[torch.Tensor] = [torch.zeros(0, 2, device=x.device)]
        first, end = self.sounds(mono)
        for i in range(first.shape[0]):
            begin, until = int(first[i]), int(end[i])
            seconds, patches, square = self.patches(mono, begin, until, power)
            if match_level:
                gain = (self.loud**2 / square.clamp_min(1e-12)).clamp(1.0, self.most_gain**2)
                patches = patches * gain.view(-1, 1, 1)
            tags = self.probabilities(self.spectrogram.compressed(patches), msd)
            tags = tags.expand(seconds.shape[0], -1)
            named = (tags.unsqueeze(1) * counted).amax(2)
            best, kind = named.topk(min(most, named.shape[1]), 1)
            told = torch.nonzero(best >= max(least, 1e-6))
            at, rank = told[:, 0], told[:, 1]
            row = torch.zeros(told.shape[0], named.shape[1], device=x.device)
            rows.append(row.scatter(1, kind[at, rank].unsqueeze(1), best[at, rank].unsqueeze(1)))
            start = (seconds[at] * self.rate).clamp_min(begin * self.hop)
            stop = ((seconds[at] + 1) * self.rate).clamp_max(min(until * self.hop, mono.shape[0]))
            times.append(torch.stack([start, stop], 1) / float(self.rate))
        return torch.cat(rows), torch.cat(times)


class InstrumentsModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(
        self,
        x: torch.Tensor,
        shown: str = "families",
        tag_set: str = "MagnaTagATune",
        least: float = 25.0,
        most: int = 3,
        match_level: bool = True,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Label each second of `x`, shape `(channels, samples)`: probabilities `(n, labels)` and seconds `(n, 2)`.

        `least` is in percent; the other arguments are those of :meth:`Instruments.forward`.
        """
        view = 0
        if shown == "single instruments":
            view = 1
        elif shown == "all tags":
            view = 2
        labels, seconds = self.model(x, tag_set == "Million Song Dataset", view, least / 100.0, most, match_level)
        return labels, seconds


def build() -> InstrumentsModel:
    """Make the model of the authors' weights.

    Raises:
        WeightsMissingError: they are not there.
    """
    mtt, msd = (Musicnn(read_tensors(MUSICNN[i].read(), MUSICNN[i + 1].read())) for i in (0, 2))
    return InstrumentsModel(Instruments(mtt, msd))


MODEL = BundledModel(
    id="harpist/instruments",
    build=build,
    metadata={
        "name": "Instruments",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["music"],
        "short_description": "Marks which instruments and voices play, second by second.",
        "long_description": (
            "Labels each second with the instruments, voices, or genres and moods that musicnn hears (Pons and Serra "
            "2019). Good at guitar, piano, violin, flute, drums and choirs; takes brass, reeds and bass for "
            "others. A track by itself is named better than what is soft in a mix."
        ),
        "tags": ["instruments", "tagging", "genre", "vocals", "network"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
        "controls": [
            {
                "argument": "shown",
                "label": "Labels",
                "help": (
                    "Families of instruments (each as probable as its most probable tag, so that “vocals (all)” holds "
                    "every kind of voice), single instruments, or every tag of the set, with genres and moods."
                ),
                "choices": SHOWN,
            },
            {
                "argument": "tag_set",
                "label": "Tag set",
                "help": (
                    "The music that the network learnt from: MagnaTagATune knows instruments; the Million Song "
                    "Dataset knows genres, moods and decades, but only guitar and singers as instruments."
                ),
                "choices": TAG_SETS,
            },
            {
                "argument": "least",
                "label": "Least probability",
                "help": "Labels less probable than this are left out; a lower value finds more, and more wrong ones.",
                "unit": "percent",
                "minimum": 1.0,
                "maximum": 99.0,
                "step": 1.0,
            },
            {
                "argument": "most",
                "label": "Labels at once",
                "help": "The most labels that a second gets: its most probable ones.",
                "unit": "labels",
                "minimum": 1,
                "maximum": 10,
                "step": 1,
            },
            {
                "argument": "match_level",
                "label": "Raise soft sound",
                "help": (
                    "Lets the network hear what is softer than a record at a record's level (-16 dB), by up to 40 dB; "
                    "off: as it is, which is what musicnn itself does."
                ),
            },
        ],
    },
    paper=(
        "J. Pons, X. Serra: musicnn: pre-trained convolutional neural networks for music audio tagging, ISMIR "
        "late-breaking session 2019; J. Pons, O. Nieto, M. Prockup, E. Schmidt, A. Ehmann, X. Serra: End-to-end "
        "learning for music audio tagging at scale, ISMIR 2018"
    ),
    example=guitar_then_drums,
    weights=MUSICNN,
)
