"""pyharp's MIDI functions, over ``symusic``."""

from __future__ import annotations

from typing import Any

from app.errors import ModelRunError

__all__ = ["get_tick_time_in_seconds", "load_midi", "ticks_to_seconds", "write_midi"]


def load_midi(input_midi_path: Any) -> Any:
    """Return the score of a MIDI file, a ``symusic.Score``."""
    return _symusic().Score.from_file(str(input_midi_path))


def write_midi(midi: Any, path: str) -> None:
    """Write a score as a MIDI file."""
    midi.dump_midi(path)


def _symusic() -> Any:
    try:
        import symusic
    except ImportError:
        raise ModelRunError(
            "This app reads MIDI with symusic, which is not installed: .venv/bin/python -m pip install symusic"
        ) from None
    return symusic


def ticks_to_seconds(ticks: float, tempo: float, ticks_per_quarter: float) -> float:
    """Return how long ``ticks`` take, in seconds, at ``tempo`` quarters per minute."""
    return 60.0 / tempo * ticks / ticks_per_quarter


def get_tick_time_in_seconds(tick: float, midi: Any) -> float:
    """Return when a tick of a score comes, in seconds, by its tempo changes."""
    seconds, tempos = 0.0, sorted(midi.tempos, key=lambda tempo: tempo.time)
    for number, tempo in enumerate(tempos):
        start = tempo.time if number else 0
        end = tempos[number + 1].time if number + 1 < len(tempos) else tick
        seconds += ticks_to_seconds(max(0, min(tick, end) - start), tempo.qpm, midi.ticks_per_quarter)
    return seconds
