"""Table 15: what steering towards a tag brings out of mixtures of two instruments, beside other ways and an oracle."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray

from app.errors import HarpistError
from benchmarks.table import Options, Table, command
from benchmarks.tagbox_mixtures import DRUMS, MIXTURES, RATE, WANTED, Mixture
from endpoints.bundled.centre_extraction import CentreExtraction
from endpoints.bundled.harmonic_percussive import HarmonicPercussive
from endpoints.tagbox.aim import Aim
from endpoints.tagbox.controls import REST
from endpoints.tagbox.engines import ByComponents
from endpoints.tagbox.latents.components import at_tagger_rate
from endpoints.tagbox.masking import masked, window_sizes
from endpoints.tagbox.steering import Steering
from endpoints.tagbox.taggers.fcn import fcn
from endpoints.tagbox.taggers.musicnn import musicnn
from endpoints.tagbox.taggers.tagger import Tagger
from endpoints.tagbox.tags import WANTED as TAGS
from endpoints.tagbox.telling import opinion
from endpoints.tagbox.windows import Separated, separate

COLUMNS = (
    "Wanted",
    "From",
    "Heard alone",
    "Heard before → after",
    "Gain (dB)",
    "Oracle mask",
    "Harmonic / percussive",
    "Centre",
    "Seconds a second",
)
HEARD = 0.5
"""How probable an instrument alone must be for the goal to count it."""

WARNINGS = ("that is little", "it was not found")
"""Of what the user reads: that the result may be worse than the mixture."""

Sound = NDArray[np.float64]


def measure(options: Options) -> Table:
    """Bring each instrument out of each mixture, and compare it with what it was alone."""
    torch.set_num_threads(1)
    taggers: list[Tagger] = [fcn()] if options.quick else [musicnn(), fcn()]
    seconds, steps = (3.0, 5) if options.quick else (10.0, Steering().steps)
    rows: list[tuple[str, ...]] = []
    gains: dict[str, list[float]] = {"heard": [], "drums": [], "all": []}
    below, untold = 0, 0
    for mixture in MIXTURES[: 1 if options.quick else None]:
        try:
            alone = mixture.alone(seconds)
        except HarpistError as error:
            return Table(COLUMNS, rows, [f"Not measured. {error.message}"])
        for place, instrument in enumerate(mixture.instruments[: 1 if options.quick else None]):
            row, gain, heard, told = _brought_out(mixture, alone, place, taggers, steps)
            print(" | ".join(row), flush=True)
            rows.append(row)
            gains["all"].append(gain)
            if heard >= HEARD:
                gains["heard"].append(gain)
            if instrument == DRUMS:
                gains["drums"].append(gain)
            below += gain < 0
            untold += gain < 0 and not any(warning in told for warning in WARNINGS)
    return Table(COLUMNS, rows, _notes(gains, below, untold))


def _notes(gains: dict[str, list[float]], below: int, untold: int) -> list[str]:
    goals = {"heard": ("instruments that the taggers hear alone", 4.0), "drums": ("drums", 7.0)}
    told = []
    for kind, (name, goal) in goals.items():
        if gains[kind]:
            middle = median(gains[kind])
            met = "met" if middle >= goal else "missed"
            told.append(f"Median gain, {name} ({len(gains[kind])}): {middle:.1f} dB; goal at least {goal:g}: {met}.")
    all_gains = gains["all"]
    told.append(
        f"Of all {len(all_gains)}: median {median(all_gains):.1f} dB; {below} below the mixture; of these without a "
        f"warning: {untold}."
    )
    return told


def _brought_out(
    mixture: Mixture, alone: Sound, place: int, taggers: Sequence[Tagger], steps: int
) -> tuple[tuple[str, ...], float, float, str]:
    """Return a row, the gain in dB, how probable the instrument is alone, and what the user would read."""
    instrument, other = mixture.instruments[place], mixture.instruments[1 - place]
    aim, whole, wanted = Aim(TAGS[WANTED[instrument]], REST.value), alone.sum(axis=0), alone[place]
    with TemporaryDirectory() as folder:
        source = Path(folder) / "mix.wav"
        soundfile.write(source, whole.T, RATE, "FLOAT")
        began = time.process_time()
        found = _separated(source, aim, taggers, steps)
        spent = (time.process_time() - began) / (whole.shape[1] / RATE)
        brought = soundfile.read(found.written.paths[0], always_2d=True)[0].T
    start = ratio(wanted, whole)
    gain = ratio(wanted, brought) - start
    [window] = found.windows
    assert window.steered is not None
    mono = at_tagger_rate(torch.from_numpy(wanted.mean(axis=0).astype(np.float32)), RATE)
    heard = aim.opinion(taggers, mono, torch.zeros_like(mono)).heard
    row = (
        instrument,
        other,
        f"{heard:.2f}",
        f"{window.steered.before:.2f} → {window.steered.kept:.2f}",
        f"**{gain:.1f}**",
        f"{ratio(wanted, _oracle(wanted, whole)) - start:.1f}",
        f"{max(ratio(wanted, stem) for stem in _harmonic_percussive(whole)) - start:.1f}",
        f"{max(ratio(wanted, stem) for stem in _centre(whole)) - start:.1f}",
        f"{spent:.1f}",
    )
    return row, gain, heard, opinion(WANTED[instrument], found.windows)


def _separated(source: Path, aim: Aim, taggers: Sequence[Tagger], steps: int) -> Separated:
    stems = [source.with_name(f"{name}.wav") for name in ("brought", "rest")]
    return separate(source, stems, aim, taggers, Steering(steps=steps), ByComponents(), "float", lambda *_: None)


def _oracle(wanted: Sound, whole: Sound) -> Sound:
    """Return what the method's own mask makes of the truth: nothing that it could find would be better."""
    made: Sound = masked(torch.from_numpy(wanted), torch.from_numpy(whole), window_sizes(RATE)).numpy()
    return made


def _harmonic_percussive(whole: Sound) -> list[Sound]:
    model = HarmonicPercussive()
    rows = [model(torch.from_numpy(channel[None].astype(np.float32))).numpy() for channel in whole]
    return [np.stack([channel[stem] for channel in rows]).astype(np.float64) for stem in (0, 1)]


def _centre(whole: Sound) -> list[Sound]:
    rows = CentreExtraction()(torch.from_numpy(whole.astype(np.float32))).numpy().astype(np.float64)
    return [rows[:2], rows[2:]]


def ratio(wanted: Sound, found: Sound) -> float:
    """Return the scale-invariant ratio of signal to distortion of all channels together, in dB.

    J. Le Roux, S. Wisdom, H. Erdogan, J. R. Hershey: "SDR – half-baked or well done?", ICASSP 2019.
    """
    true, made = wanted.ravel(), found.ravel()[: wanted.size]
    target = (made @ true) / (true @ true) * true
    return float(10 * np.log10(np.sum(target**2) / max(float(np.sum((made - target) ** 2)), 1e-20)))


if __name__ == "__main__":
    command("tagbox", measure)
