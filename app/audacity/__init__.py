"""Audacity on this machine, through the pipe of its own module ``mod-script-pipe``: sound out of it, tracks into it."""
