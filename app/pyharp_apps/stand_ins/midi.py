"""pyharp's MIDI functions, over ``symusic`` or what stands in for it."""

from __future__ import annotations

from typing import Any

__all__ = ["get_tick_time_in_seconds", "load_midi", "ticks_to_seconds"]


def load_midi(input_midi_path: Any) -> Any:
    """Return the score of a MIDI file, a ``symusic.Score``."""
    import symusic

    return symusic.Score.from_file(str(input_midi_path))


def ticks_to_seconds(ticks: float, tempo: float, ticks_per_quarter: float) -> float:
    """Return how long ``ticks`` take, in seconds, at ``tempo`` quarters a minute."""
    return 60.0 / tempo * ticks / ticks_per_quarter


def get_tick_time_in_seconds(tick: float, midi: Any) -> float:
    """Return when a tick of a score comes, in seconds, by its tempo changes."""
    seconds, tempos = 0.0, sorted(midi.tempos, key=lambda tempo: tempo.time)
    for number, tempo in enumerate(tempos):
        start = tempo.time if number else 0
        end = tempos[number + 1].time if number + 1 < len(tempos) else tick
        seconds += ticks_to_seconds(max(0, min(tick, end) - start), tempo.qpm, midi.ticks_per_quarter)
    return seconds
