"""Counts that others keep, read when Prometheus asks: what only grows, and is 0 at the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class Readings(Collector):
    """One metric.

    Args:
        name: of the metric, without ``_total``.
        help_text: what it counts.
        label: tells its counts apart; ``""``: there is only one, under ``""``.
        read: returns them, by their labels.
    """

    def __init__(self, name: str, help_text: str, label: str, read: Callable[[], Mapping[str, float]]) -> None:
        self._name, self._help, self._label, self._read = name, help_text, label, read

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the metric as it is now."""
        family = CounterMetricFamily(self._name, self._help, labels=[self._label] if self._label else [])
        for value, count in self._read().items():
            family.add_metric([value] if self._label else [], count)
        yield family
