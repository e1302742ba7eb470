"""``gr.Progress``: what an app tells of its progress reaches HARP and the page, and a cancel reaches the app by it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sized
from typing import Any

from app.pyharp_apps.stand_ins.current import CURRENT


class Progress:
    """Stands as the default of an argument: ``def process_fn(path, progress=gr.Progress())``.

    Args:
        track_tqdm: let every bar that ``tqdm`` draws report, too.
    """

    def __init__(self, track_tqdm: bool = False) -> None:
        if track_tqdm:
            _follow_tqdm()

    def __call__(self, progress: Any = None, desc: Any = None, total: Any = None, *_rest: Any, **_options: Any) -> None:
        """Report a share (0 to 1), or steps: ``(done, of)``, or a number of steps where ``total`` is given."""
        if isinstance(progress, (tuple, list)) and len(progress) == 2:
            progress, total = progress
        _report(progress, total)

    def tqdm(self, iterable: Iterable[Any], desc: Any = None, total: Any = None, *_rest: Any, **_options: Any) -> Any:
        """Yield from ``iterable``, and report how far it is."""
        return _Reported(iterable, total)

    def update(self, n: float = 1) -> None:
        """Say that something goes on."""
        CURRENT.still()


class _Reported:
    """An iterable that reports."""

    def __init__(self, iterable: Iterable[Any], total: Any) -> None:
        self._iterable = iterable
        if total is None and isinstance(iterable, Sized):
            total = len(iterable)
        self._total = total
        self._done = 0.0

    def __len__(self) -> int:
        return int(self._total)

    def __iter__(self) -> Iterator[Any]:
        for item in self._iterable:
            _report(self._done, self._total, whole=False)
            yield item
            self._done += 1
        _report(self._done, self._total, whole=False)

    def update(self, n: float = 1) -> None:
        """Count steps that were done otherwise."""
        self._done += n
        _report(self._done, self._total, whole=False)


def _report(done: Any, total: Any, *, whole: bool = True) -> None:
    """Report a share, or, where it cannot be told, that something goes on.

    Args:
        done: a share, or a number of steps.
        total: how many steps there are; ``None``: not known.
        whole: whether ``done`` without a total is a share.
    """
    try:
        share = float(done) / float(total) if total else float(done) if whole else math.nan
    except (TypeError, ValueError, OverflowError):
        share = math.nan
    if math.isfinite(share):
        CURRENT.report(min(max(share, 0.0), 1.0))
    else:
        CURRENT.still()


def _follow_tqdm() -> None:
    try:
        import tqdm.std
    except ImportError:
        return
    bar: Any = tqdm.std.tqdm
    if getattr(bar, "_reports_to_harpist", False):
        return
    display = bar.display

    def displayed(self: Any, *arguments: Any, **options: Any) -> Any:
        _report(self.n, self.total, whole=False)
        return display(self, *arguments, **options)

    bar.display, bar._reports_to_harpist = displayed, True
