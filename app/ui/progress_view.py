"""What stands under the Process button: progress, a sentence, or nothing."""

from __future__ import annotations

from html import escape

from app.errors import HarpistError, JobCancelledError
from app.jobs.job import JobState, JobUpdate
from app.jobs.waiting import duration_words

_WORTH_TELLING = 3.0
"""Seconds; what takes less needs no words."""


def progress_html(update: JobUpdate) -> str:
    """Return a progress bar for a job that has not ended."""
    if update.state is JobState.QUEUED:
        return _bar(escape(update.said, quote=True) or "Waiting for a free worker", None)
    return _bar(escape(update.said, quote=True) or "Processing", update.fraction)


def estimate_html(seconds: float, speed: float, *, settings: bool = False) -> str:
    """Return how long a sound will take; ``""`` where nobody measured, or it takes next to nothing.

    >>> estimate_html(180.0, 4.5)
    '<p class="hp-said">Takes about 40 s on this machine.</p>'
    >>> estimate_html(180.0, 4.5, settings=True)
    '<p class="hp-said">Takes about 40 s on this machine with the settings as they are at first.</p>'

    Args:
        seconds: the sound's length.
        speed: see :class:`app.endpoint.EndpointSpec`.
        settings: there are some, which may make it slower or quicker; it was measured with their first values.
    """
    needed = seconds / speed if speed > 0 else 0.0
    if needed < _WORTH_TELLING:
        return ""
    told = " with the settings as they are at first" if settings else ""
    return f'<p class="hp-said">Takes about {duration_words(needed)} on this machine{told}.</p>'


def made_of_nothing_html(speed: float) -> str:
    """Return how long it takes to make sound where none is sent; ``""`` where nobody measured, or it takes no time.

    >>> made_of_nothing_html(0.5).removeprefix('<p class="hp-said">')
    'Ten seconds of sound take about 20 s on this machine with the settings as they are at first.</p>'

    Args:
        speed: see :class:`app.endpoint.EndpointSpec`.
    """
    needed = 10.0 / speed if speed > 0 else 0.0
    if needed < _WORTH_TELLING:
        return ""
    words = f"Ten seconds of sound take about {duration_words(needed)} on this machine"
    return f'<p class="hp-said">{words} with the settings as they are at first.</p>'


def drawing_html() -> str:
    """Return the bar of a finished job whose waveforms are being drawn."""
    return _bar("Drawing waveforms", 1.0)


def deleted_html() -> str:
    """Return the sentence for somebody who has deleted files."""
    said = "Deleted: what you sent from this page, and what came back, are gone from this server."
    return f'<p class="hp-said" role="status">{said}</p>'


def _bar(words: str, fraction: float | None) -> str:
    if fraction is None:
        return (
            f'<div class="hp-progress hp-waiting" role="progressbar" aria-label="{words}">'
            f"<p><span>{words}</span></p><div><i></i></div></div>"
        )
    percent = round(100 * min(max(fraction, 0.0), 1.0))
    return (
        f'<div class="hp-progress" role="progressbar" aria-label="{words}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}"><p><span>{words}</span><b>{percent} %</b></p>'
        f'<div><i style="width:{percent}%"></i></div></div>'
    )


def error_html(error: HarpistError) -> str:
    """Return an error's sentence; a cancelled job is told of quietly."""
    if isinstance(error, JobCancelledError):
        return '<p class="hp-said" role="status">Cancelled. Ready for the next run.</p>'
    return f'<p class="hp-error" role="alert">{escape(error.message)}</p>'
