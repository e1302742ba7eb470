"""Imported once by the fork server, so that every worker starts with these libraries at hand.

Nothing is computed here: after one torch operation, a forked child would hang. A library that is not installed, or does
not load, is left for the endpoint that needs it.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import os
import sys

from app.own_code import PREFIX, ROOT
from app.workers.sandbox import environment, landlock, syscalls

_FORK_SERVER = any("multiprocessing.forkserver" in argument for argument in sys.orig_argv)

if _FORK_SERVER:
    environment.start_again()

# The fork server's only thread must stay the only one: OpenBLAS would start its own while numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
# Threads that wait for each other sleep rather than spin: beside other work on the same cores, two spinning workers
# were measured 5 to 50 times slower.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

PRELOADED = (
    "app.workers.child",
    "numpy",
    "torch",
    "app.audio.stream",
    "app.audio.preview",
    "app.audacitorch.effect",
    "app.audacitorch.labeler",
    "app.audacitorch.trial.endpoint",
)

for _name in PRELOADED:
    with contextlib.suppress(Exception):
        importlib.import_module(_name)

# Python looks for a package in the folder that it was started from, which workers cannot look into.
for _package in landlock.packages(ROOT):
    with contextlib.suppress(Exception):
        importlib.import_module(PREFIX + _package.name)

if not landlock.missing():
    landlock.installation()
if not syscalls.missing():
    syscalls.program()

if _FORK_SERVER:
    # Taking torch down in good order takes half a second, for which the workers would outlive a killed server.
    atexit.register(os._exit, 0)
