"""``python -m endpoints.effects.lv2``: the LV2 plugins of this machine that can be endpoints, and why others cannot."""

from __future__ import annotations

import sys

from app.errors import HarpistError
from app.lv2_folders import lv2_folders
from endpoints.effects.lv2.knobs import parameters_of
from endpoints.effects.lv2.world import open_world

_RATE = 48000


def main() -> int:
    """Print a line for each plugin; return the exit code."""
    try:
        world = open_world(lv2_folders())
    except HarpistError as error:
        print(f"harpist: {error.message}", file=sys.stderr)
        return 1
    for uri in world.uris():
        told = world.describe(uri)
        try:
            told.check()
            controls = len(parameters_of(told, _RATE))
            print(f"lv2:{uri}  {told.name}: {told.channels} channels, {controls} controls", flush=True)
        except HarpistError as error:
            print(f"no {uri}  {error.message}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
