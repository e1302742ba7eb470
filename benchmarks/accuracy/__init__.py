"""How right the bundled models are, beside their peers, on sound whose truth is known because it is made here.

``python -m benchmarks.accuracy`` makes the table. The sound alone::

    from benchmarks.accuracy.pieces import pieces  # 20 pieces of half a minute with beats, chords, key and notes
    from benchmarks.accuracy.melodies import melodies  # 20 melodies, one instrument each
    from benchmarks.accuracy.voices import voices  # speech with the times at which somebody speaks
    from benchmarks.accuracy.recorded_voices import recorded_voices  # people, from games that Debian ships
    from benchmarks.accuracy.noises import noises  # a street, chatter, a fan, hiss

``python -m benchmarks.accuracy.make`` writes all of it into a folder, to be heard.
"""

from __future__ import annotations

COLUMNS = ("Task", "Who", "Measured", "Processor time / ours")
"""Of the table."""
