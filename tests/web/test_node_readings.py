"""What Prometheus is told of each node, and of nothing where there is one machine."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from app.backends.base import Census, NodeCensus
from app.web.node_readings import NodeReadings


def told(census: Census) -> list[str]:
    registry = CollectorRegistry()
    registry.register(NodeReadings(lambda: census))
    return [line for line in generate_latest(registry).decode().splitlines() if not line.startswith("#")]


def test_each_node_is_counted() -> None:
    nodes = (NodeCensus("one", Census(busy=1, idle=2, memory=300), jobs=4), NodeCensus("two", Census(idle=1), jobs=8))
    assert told(Census(nodes=nodes, retried=2, lost={"three": 1})) == [
        'harpist_node_room{node="one"} 4.0',
        'harpist_node_room{node="two"} 8.0',
        'harpist_node_workers{node="one",state="busy"} 1.0',
        'harpist_node_workers{node="one",state="idle"} 2.0',
        'harpist_node_workers{node="two",state="busy"} 0.0',
        'harpist_node_workers{node="two",state="idle"} 1.0',
        'harpist_node_memory_bytes{node="one"} 300.0',
        'harpist_node_memory_bytes{node="two"} 0.0',
        'harpist_node_losses_total{node="three"} 1.0',
        "harpist_jobs_run_again_total 2.0",
    ]


def test_one_machine_has_no_nodes() -> None:
    assert told(Census(busy=1, idle=2, memory=300)) == []
