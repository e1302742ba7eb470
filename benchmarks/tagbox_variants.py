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
from benchmarks.tagbox_parts import AtOnsets, Convolutive, Decided, HarmonicPercussive, Merged, OneNote
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.engines import ByComponents
from endpoints.tagbox.latents.components import Components
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


class Beginnings(Built):
    """Of three searches for parts, the one whose first gates are heard best is steered."""

    def describe(self, sound, rate, aim, taggers, seed, told, tick):  # type: ignore[no-untyped-def]
        """Return the parts of a window."""
        found = []
        for one in range(seed, seed + _SEEDS):
            parts = super().describe(sound, rate, aim, taggers, one, told, tick)
            with torch.no_grad():
                sounding = parts.decode(None)
                found.append((aim.opinion(taggers, sounding, parts.mixture - sounding).loss, one, parts))
        return min(found, key=lambda one: one[:2])[2]


RESTARTS, _SEEDS = "the one of three seeds that is heard best; not in the rest", 3

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
    "short passages (convolutive); not in the rest": (partial(Built, Convolutive), ("musicnn", "FCN"), True),
    "gates between onsets; not in the rest": (partial(Built, AtOnsets), ("musicnn", "FCN"), True),
    "one gate for a pitch; not in the rest": (partial(Built, OneNote), ("musicnn", "FCN"), True),
    RESTARTS: (Built, ("musicnn", "FCN"), True),
    "the one of three beginnings that is heard best; not in the rest": (Beginnings, ("musicnn", "FCN"), True),
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
                who, seeds = [listeners[one] for one in names], _SEEDS if name == RESTARTS else 1
                tried = [
                    _tried(both, place, aim, who, build(), Steering(steps, seed=seed + 1)) for seed in range(seeds)
                ]
                gains.append(max(tried)[1])
        below = f"{sum(gain < 0 for gain in gains)} of {len(gains)}"
        rows.append((name, f"**{median(gains):.1f}**", f"{min(gains):.1f} – {max(gains):.1f}", below))
        print(" | ".join(rows[-1]), flush=True)
    return Table(COLUMNS, rows)


def _tried(both, place: int, aim: Aim, taggers: Sequence[Tagger], engine: Built, how: Steering) -> tuple[float, float]:  # type: ignore[no-untyped-def]
    """Return how well it is heard, and by how many dB what was brought out is nearer to the truth than the mixture."""
    whole = both.sum(axis=0)
    with TemporaryDirectory() as folder:
        source = Path(folder) / "mix.wav"
        soundfile.write(source, whole.T, RATE, "FLOAT")
        stems = [source.with_name(f"{name}.wav") for name in ("brought", "rest")]
        found = separate(source, stems, aim, taggers, how, engine, "float", lambda *_: None)
        brought = soundfile.read(found.written.paths[0], always_2d=True)[0].T
    [window] = found.windows
    assert window.steered is not None
    return window.steered.kept, ratio(both[place], brought) - ratio(both[place], whole)


if __name__ == "__main__":
    command("tagbox_variants", measure)
