"""What a region's loudness is, in labels and in a few lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.endpoint import Controls, Outputs, Progress, Region, TextOutput
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, LabelTrack, Slider, TextTrack
from app.harp.labels import AudioLabel, LabelList, OutputLabel, argb
from app.harp.tags import taxonomy_tags

if TYPE_CHECKING:
    from endpoints.loudness.meter import Measured

_TRACK = AudioTrack("Input Audio", "The sound to measure: any length, any sample rate, 1 to 32 channels.")
_EVERY = Slider(
    "every",
    "Label every",
    "In seconds: a label with the short-term loudness (of 3 seconds) this often; 0 makes none of these labels.",
    "seconds",
    0,
    60,
    1,
    3,
)
_CEILING = Slider(
    "ceiling",
    "Mark peaks over",
    "In dBTP: labels where the true peak is over this; streaming services ask for -1 dBTP, 0 is full scale.",
    "dBTP",
    -20,
    6,
    0.1,
    -1,
)
_LABELS = LabelTrack("Loudness labels", "The loudest 3 seconds, the true peak, what is over it, and a course.")
_SUMMARY = TextTrack("Summary", "Integrated loudness, loudest moments, loudness range and true peak, a line each.")

_OVER, _LOUDEST, _COURSE = argb(176, 32, 32), argb(150, 84, 0), argb(30, 90, 150)
_MOST_OVERS = 1000
_SHORT_FOR_A_RANGE = 60.0
"""Seconds; EBU R 128 s1 asks for no range of what is shorter."""


class LoudnessReport:
    """Measures integrated, short-term and momentary loudness, loudness range and true peak."""

    card = ModelCard(
        name="Loudness",
        author="Harpist",
        description=(
            "Measures loudness as broadcasters and streaming services do (EBU R 128, ITU-R BS.1770-4): integrated "
            "loudness in LUFS, loudest 3 seconds, loudness range in LU, true peak in dBTP. Works at the file's own "
            "sample rate, in mono, stereo and 5.1. A mono file counts as one speaker: 3 LU less than the same on two."
        ),
        tags=(
            *taxonomy_tags(
                "analysis", "general-audio-analysis", 48000, "stereo", [_TRACK, _EVERY, _CEILING], [_LABELS, _SUMMARY]
            ),
            "loudness",
            "LUFS",
            "EBU R 128",
            "true peak",
        ),
        licence="mit",
    )
    inputs = (_TRACK, _EVERY, _CEILING)
    outputs = (_LABELS, _SUMMARY)
    keeps_length = True
    repeatable = True
    permits = ()

    def setup(self, device: str) -> None:
        """Need nothing."""

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Measure one region in one pass; twenty numbers for a second of it are kept.

        Raises:
            AudioFileError: the region cannot be read.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
        """
        from app.audio.io import probe
        from endpoints.loudness.hearing import measure, weights_of

        path = region.audio.path
        _, notice = weights_of(path, probe(path).channels)
        measured = measure(path, lambda reader: reader.blocks(job.report))
        every, ceiling = float(controls["every"]), float(controls["ceiling"])  # type: ignore[arg-type]
        return [LabelList(labels(measured, every, ceiling)), TextOutput(summary(measured), notice)]


def labels(measured: Measured, every: float, ceiling: float) -> tuple[OutputLabel | AudioLabel, ...]:
    """Return the labels of a region, in the order of their start.

    Args:
        measured: the region.
        every: seconds from one label of its short-term loudness to the next; 0: none.
        ceiling: dBTP over which peaks are labelled.
    """
    from endpoints.loudness.gating import SHORT_TERM, loudest, loudness, windows

    made: list[OutputLabel | AudioLabel] = []
    highest = loudest(measured.powers, SHORT_TERM)
    if highest is not None and highest[1] * 0.1 + 3.0 <= measured.seconds + 0.01:
        text = f"loudest 3 s: {lufs(highest[0])}"
        made.append(AudioLabel(highest[1] * 0.1, text, 3.0, color=_LOUDEST, amplitude=-0.6))
    if measured.peak.level > 0:
        text = f"true peak {dbtp(measured.peak.decibels)}"
        made.append(AudioLabel(measured.peak.at, text, color=_LOUDEST, amplitude=0.6))
    made += [
        AudioLabel(start, f"over: {dbtp(peak)}", end - start, color=_OVER, amplitude=0.0)
        for start, end, peak in overs(measured, ceiling)
    ]
    course = windows(measured.powers, SHORT_TERM)
    step = max(1, round(every * 10))
    # Each of these tells of the 3 s around its middle, and stands until the next.
    for first in range(0, len(course), step) if every > 0 else ():
        begin = first * 0.1 + 1.5 - min(every, 3.0) / 2
        length = min(every, 3.0)
        made.append(OutputLabel(begin, lufs(loudness(float(course[first]))), length, color=_COURSE))
    return tuple(sorted(made, key=lambda label: label.t))


def overs(measured: Measured, ceiling: float) -> list[tuple[float, float, float]]:
    """Return start and end (s) and true peak (dBTP) of each stretch of tenths over a ceiling (dBTP), 1000 at most."""
    import numpy as np

    over = np.flatnonzero(measured.peaks > 10 ** (ceiling / 20))
    stretches = np.split(over, np.flatnonzero(np.diff(over) > 1) + 1) if len(over) else []
    return [
        (
            float(stretch[0] / 10),
            float(min((stretch[-1] + 1) / 10, measured.seconds)),
            20 * float(np.log10(measured.peaks[stretch].max())),
        )
        for stretch in stretches[:_MOST_OVERS]
    ]


def summary(measured: Measured) -> str:
    """Return a line for each measure; the first has the chief ones."""
    from endpoints.loudness.gating import MOMENTARY, SHORT_TERM, loudest, loudness_range

    level, peak = measured.integrated(), measured.peak
    span = loudness_range(measured.powers)
    chief = [lufs(level), *([f"range {span:.1f} LU"] if span is not None else []), f"true peak {dbtp(peak.decibels)}"]
    lines = [", ".join(chief), f"Integrated loudness: {lufs(level)}"]
    if measured.too_short:
        lines[-1] += " (shorter than 0.4 s: of all of it, without a gate)"
    for name, window in (("3 s (short-term)", SHORT_TERM), ("0.4 s (momentary)", MOMENTARY)):
        found = None if measured.too_short else loudest(measured.powers, window)
        if found is not None and found[0] > float("-inf"):
            lines.append(f"Loudest {name}: {lufs(found[0])} at {clock(found[1] / 10)}")
    if span is not None:
        short = " (under a minute of sound: of little meaning)" if measured.seconds < _SHORT_FOR_A_RANGE else ""
        lines.append(f"Loudness range: {span:.1f} LU{short}")
    if peak.level > 0:
        lines.append(f"True peak: {dbtp(peak.decibels)} at {clock(peak.at)}, channel {peak.channel + 1}")
    if level > float("-inf"):
        lines.append(f"Peak to loudness: {peak.decibels - level:.1f} LU")
        lines.append(f"Gain to -14 LUFS: {-14 - level:+.1f} dB; to -23 LUFS: {-23 - level:+.1f} dB")
    return "\n".join(lines)


def lufs(level: float) -> str:
    """Write a loudness.

    >>> lufs(-14.04), lufs(float("-inf"))
    ('-14.0 LUFS', 'under -70 LUFS')
    """
    return f"{level:.1f} LUFS" if level > -70 else "under -70 LUFS"


def dbtp(level: float) -> str:
    """Write a true peak.

    >>> dbtp(0.31), dbtp(float("-inf"))
    ('+0.3 dBTP', 'silence')
    """
    return f"{level:+.1f} dBTP" if level > float("-inf") else "silence"


def clock(seconds: float) -> str:
    """Write a time.

    >>> clock(83.42), clock(3723.0)
    ('1:23.4', '1:02:03.0')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths, 600)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest / 10:04.1f}" if hours else f"{minutes}:{rest / 10:04.1f}"
