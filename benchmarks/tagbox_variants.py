"""Table 16: what else parts of a mixture could be, and who else could listen; each on the same few mixtures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import soundfile
import torch

from app.errors import HarpistError
from benchmarks.table import Options, Table, command
from benchmarks.tagbox import ratio
from benchmarks.tagbox_mixtures import MIXTURES, RATE, WANTED
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.engines import ByComponents
from endpoints.tagbox.latents.components import PARTS, Carried, Components, frame_size
from endpoints.tagbox.listening import first_gates
from endpoints.tagbox.steering import Steering
from endpoints.tagbox.taggers.fcn import fcn
from endpoints.tagbox.taggers.musicnn import musicnn
from endpoints.tagbox.taggers.tagger import Tagger
from endpoints.tagbox.tags import WANTED as TAGS
from endpoints.tagbox.windows import separate

COLUMNS = ("Variant", "Median gain (dB)", "Least – most", "Below the mixture")
CHOSEN = (0, 5, 9)
"""Which mixtures: drums and piano, flute and guitar, choir and piano."""

_ALIKE = 0.8
"""Correlation of strengths from which on two parts are taken for one."""

_LOWEST, _ENTROPY = 65.4, 0.1
"""Hz: the C below the bass clef's staff; and how much the mean entropy of the gates (nats) counts beside the loss."""


class Merged(Components):
    """Parts whose strengths rise and fall together share a gate."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        alike = torch.corrcoef(self._strengths).nan_to_num() > _ALIKE
        owner = list(range(len(alike)))
        for part in range(len(alike)):
            for other in range(part):
                if alike[part, other]:
                    wanted, gone = owner[other], owner[part]
                    owner = [wanted if one == gone else one for one in owner]
        same = torch.tensor(owner)[:, None] == torch.tensor(owner)[None]
        self._sharing = same.float() / same.sum(1, keepdim=True)

    def decode(self, draw: torch.Generator | None) -> torch.Tensor:
        """Return the sum of the parts by their shared gates, shaken together."""
        gates = self.parameters[0]
        if draw is not None:
            shaken = torch.logit(torch.rand(gates.shape, generator=draw).clamp(1e-4, 1 - 1e-4))
            gates = gates + self._noise * shaken[self._sharing.argmax(1)]
        return (self._sharing @ gates).sigmoid() @ self._heard

    def estimate(self) -> torch.Tensor:
        """Return the same of every channel, at the region's rate."""
        with torch.no_grad():
            self.parameters[0].copy_(self._sharing @ self.parameters[0])
        return super().estimate()


class HarmonicPercussive(Components):
    """The search for parts begins with three of harmonics, two semitones apart, to each of noise."""

    def __init__(self, sound: torch.Tensor, rate: int, seed: int, before: object, tick: Callable[[], None]) -> None:
        bins = torch.arange(frame_size(rate) // 2 + 1)
        spectra = 0.1 * torch.rand(len(bins), PARTS, generator=torch.Generator().manual_seed(seed)) + 0.02
        tonal = 3 * PARTS // 4
        for part in range(tonal):
            lowest = _LOWEST * 2 ** (part / 6) * frame_size(rate) / rate
            for harmonic in range(1, 21):
                spectra[:, part] += torch.exp(-((bins - harmonic * lowest) ** 2) / 2) / harmonic
        spectra[:, tonal:] += 1.0
        super().__init__(sound, rate, seed, Carried(spectra, torch.zeros(PARTS)), tick)
        self._follows = False


class Decided(Components):
    """Gates are drawn away from the middle: their entropy is part of what is made small."""

    def __init__(self, *given: object, **named: object) -> None:
        super().__init__(*given, **named)  # type: ignore[arg-type]
        gates = self.parameters[0]

        def with_entropy(gradient: torch.Tensor) -> torch.Tensor:
            opened = gates.detach().sigmoid()
            return gradient - _ENTROPY * gates.detach() * opened * (1 - opened) / len(opened)

        gates.register_hook(with_entropy)


class Built(ByComponents):
    """Parts of whatever kind.

    Args:
        build: makes them, as :class:`Components` is made.
        gated: whether a tagger that hears them one by one puts the gates.
    """

    def __init__(self, build: Callable[..., Components] = Components, *, gated: bool = True) -> None:
        super().__init__()
        self._build, self._gated = build, gated

    def describe(self, sound, rate, aim, taggers, seed, told, tick):  # type: ignore[no-untyped-def]
        """Return the parts of a window."""
        parts = self._build(sound, rate, seed, None, tick)
        if self._gated:
            parts.set_gates(first_gates(parts.heard, aim, taggers, tick))
        return parts


VARIANTS: dict[str, tuple[Callable[[], Built], tuple[str, ...], bool]] = {
    "the rest free": (Built, ("musicnn", "FCN"), False),
    "parts merged by correlation": (partial(Built, Merged), ("musicnn", "FCN"), False),
    "48 parts, merged": (partial(Built, partial(Merged, parts=48)), ("musicnn", "FCN"), False),
    "gates from the middle": (partial(Built, gated=False), ("musicnn", "FCN"), False),
    "musicnn alone": (Built, ("musicnn",), False),
    "FCN alone": (Built, ("FCN",), False),
    "harmonics and noise to begin with; not in the rest": (
        partial(Built, HarmonicPercussive),
        ("musicnn", "FCN"),
        True,
    ),
    "entropy of the gates; not in the rest": (partial(Built, Decided), ("musicnn", "FCN"), True),
    "as it ships: not in the rest": (Built, ("musicnn", "FCN"), True),
}
"""What describes a window, who listens, and whether the rest must not have the tag."""


def measure(options: Options) -> Table:
    """Bring both instruments out of each of the mixtures, by every variant."""
    torch.set_num_threads(1)
    listeners: dict[str, Tagger] = {"musicnn": musicnn(), "FCN": fcn()}
    seconds, steps = (3.0, 5) if options.quick else (10.0, Steering().steps)
    mixtures = [MIXTURES[place] for place in CHOSEN[: 1 if options.quick else None]]
    try:
        alone = [mixture.alone(seconds) for mixture in mixtures]
    except HarpistError as error:
        return Table(COLUMNS, [], [f"Not measured. {error.message}"])
    rows = []
    for name, (build, names, rest) in VARIANTS.items():
        gains = []
        for mixture, both in zip(mixtures, alone):
            for place, instrument in enumerate(mixture.instruments):
                aim = Aim(TAGS[WANTED[instrument]], rest)
                gains.append(_gain(both, place, aim, [listeners[one] for one in names], build(), steps))
        below = f"{sum(gain < 0 for gain in gains)} of {len(gains)}"
        rows.append((name, f"**{median(gains):.1f}**", f"{min(gains):.1f} – {max(gains):.1f}", below))
        print(" | ".join(rows[-1]), flush=True)
    return Table(COLUMNS, rows)


def _gain(both, place: int, aim: Aim, taggers: Sequence[Tagger], engine: Built, steps: int) -> float:  # type: ignore[no-untyped-def]
    """Return by how many dB what was brought out is nearer to the truth than the mixture was."""
    whole = both.sum(axis=0)
    with TemporaryDirectory() as folder:
        source = Path(folder) / "mix.wav"
        soundfile.write(source, whole.T, RATE, "FLOAT")
        stems = [source.with_name(f"{name}.wav") for name in ("brought", "rest")]
        found = separate(source, stems, aim, taggers, Steering(steps=steps), engine, "float", lambda *_: None)
        brought = soundfile.read(found.written.paths[0], always_2d=True)[0].T
    return ratio(both[place], brought) - ratio(both[place], whole)


if __name__ == "__main__":
    command("tagbox_variants", measure)
