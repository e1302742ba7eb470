"""The sounds to try Match my master with: a piece before and after a mastering by hand, and another piece.

They come along; ``python -m endpoints.deepafx.example_pair`` made them. It needs what the tasks need.
"""

from __future__ import annotations

import numpy as np
import soundfile

from endpoints.deepafx.applying import applied
from endpoints.deepafx.chain import Chain, plan_of_data
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.matching import MatchMyMaster
from endpoints.deepafx.pairs import Mono
from endpoints.deepafx.tasks import music
from endpoints.deepafx.tasks.levels import at_level

_SECONDS, _REGION_SECONDS = 24.0, 8.0
_LEVEL = -24.0
"""dB of full scale, before."""


def mastered(sound: Mono) -> Mono:
    """Return a sound brighter, less muddy, pressed and louder, always by the same settings."""
    plan = plan_of_data(
        [
            {
                "uri": "harpist:parametric-equaliser",
                "fixed": {"low_gain": 3, "gain_1": -4, "gain_3": 3, "high_gain": 6},
                "learn": ["output"],
            },
            {
                "uri": "harpist:compressor",
                "fixed": {"threshold": -28, "ratio": 3, "attack": 10, "release": 120, "output": 9},
                "learn": [],
            },
            {"uri": "harpist:limiter", "fixed": {"ceiling": -1}, "learn": []},
        ]
    )
    made: Mono = np.concatenate(
        list(applied(Chain(plan, RATE, 1), iter([sound[None]]), plan.defaults[None], RATE)), axis=1
    )[0]
    return made


def main() -> None:
    """Write the three."""
    places = (MatchMyMaster.example, *MatchMyMaster.further_examples)
    rng = np.random.default_rng(5)
    before = at_level(music.mix("held out", rng, _SECONDS), _LEVEL)
    region = at_level(music.mix("held out", rng, _REGION_SECONDS), _LEVEL)
    for path, sound in zip(places, (region, before, mastered(before))):
        path.parent.mkdir(exist_ok=True)
        soundfile.write(path, sound, RATE, format="OGG", subtype="VORBIS")


if __name__ == "__main__":
    main()
