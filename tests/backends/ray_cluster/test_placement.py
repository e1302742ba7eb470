"""Which node gets a job, and how many nodes are taken."""

from __future__ import annotations

import pytest

from app.backends.ray_cluster.cluster import Node, Share
from app.backends.ray_cluster.placement import Demand, Standing, choose, wanted

SMALL = Node("1", "small", Share(4, 0, 8e9), Share(4, 0, 8e9))
LARGE = Node("2", "large", Share(16, 2, 64e9), Share(16, 2, 64e9))


@pytest.mark.parametrize(
    ("demand", "small", "large"),
    [
        (Demand(cpus=1), 4, 16),
        (Demand(cpus=3), 1, 5),
        (Demand(cpus=0.1), 40, 160),
        (Demand(cpus=1, gpus=0.5), 0, 4),
        (Demand(cpus=1, memory=4e9), 2, 16),
        (Demand(cpus=32), 0, 0),
    ],
)
def test_a_node_runs_as_many_jobs_as_fit(demand: Demand, small: int, large: int) -> None:
    assert (demand.fits(SMALL.has), demand.fits(LARGE.has)) == (small, large)
    assert demand.of(large).cpus <= LARGE.has.cpus


def standing(node: Node, running: int, *warm: str, opened: bool = True) -> Standing:
    return Standing(node, 4, running, {*warm}, opened)


def test_a_job_goes_where_its_endpoint_is_warm_else_to_the_least_loaded() -> None:
    idle, busy = standing(SMALL, 0), standing(LARGE, 3, "a/b")
    assert choose([idle, busy], "a/b") is busy
    assert choose([idle, busy], "c/d") is idle
    busy.running = 4
    assert choose([idle, busy], "a/b") is idle, "a full node gets no more, however warm"
    idle.open = False
    assert choose([idle, busy], "a/b") is None
    assert choose([idle, busy], "a/b", beside=True) is busy, "the server's own need not wait behind callers' jobs"


def test_a_node_where_a_job_was_lost_is_the_last_choice() -> None:
    idle, busy = standing(SMALL, 0, "a/b"), standing(LARGE, 3)
    assert choose([idle, busy], "a/b", {SMALL.id}) is busy
    assert choose([idle], "a/b", {SMALL.id}) is idle, "but better than none"


@pytest.mark.parametrize(
    ("demand", "least", "most", "count"),
    [
        (0, 0, 8, 0),
        (0, 1, 8, 1),
        (1, 0, 8, 1),
        (4, 1, 8, 1),
        (5, 1, 8, 2),
        (100, 1, 8, 3),
        (100, 1, 2, 2),
        (0, 5, 8, 3),
    ],
)
def test_as_many_nodes_as_the_jobs_ask_for(demand: int, least: int, most: int, count: int) -> None:
    assert wanted(demand, (4, 4, 16), least, most) == count
