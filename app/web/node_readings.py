"""What is at work on each node of several, read when Prometheus asks; nothing where all runs on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from app.backends.base import Census


class NodeReadings(Collector):
    """The metrics by node.

    Args:
        census: what the backend has at work now.
    """

    def __init__(self, census: Callable[[], Census]) -> None:
        self._census = census

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics as they are now."""
        census = self._census()
        if not census.nodes and not census.lost:
            return
        room = GaugeMetricFamily("harpist_node_room", "Jobs that a node runs at once.", labels=["node"])
        workers = GaugeMetricFamily("harpist_node_workers", "Its worker processes now.", labels=["node", "state"])
        memory = GaugeMetricFamily("harpist_node_memory_bytes", "What they hold.", labels=["node"])
        for node in census.nodes:
            room.add_metric([node.name], node.jobs)
            workers.add_metric([node.name, "busy"], node.census.busy)
            workers.add_metric([node.name, "idle"], node.census.idle)
            memory.add_metric([node.name], node.census.memory)
        lost = CounterMetricFamily("harpist_node_losses", "How often a node was lost.", labels=["node"])
        for name, times in census.lost.items():
            lost.add_metric([name], times)
        again = CounterMetricFamily("harpist_jobs_run_again", "Jobs run once more, since their node was lost.")
        again.add_metric([], census.retried)
        yield from (room, workers, memory, lost, again)
