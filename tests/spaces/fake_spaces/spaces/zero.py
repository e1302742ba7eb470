"""ZeroGPU's own part: it must hear that the app has started."""

from spaces import note


def startup():
    note("startup")
