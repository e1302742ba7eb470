"""The simulation agrees with what queueing theory says where theory has an answer, and loses nobody."""

import math

import numpy as np
import pytest

from benchmarks.scale_simulation import trace
from benchmarks.simulated_cluster import Cluster, Head, Job, Kind, Outcome, simulate

FREE = Head(0.0, 0.0)


def poisson(rate: float, count: int, mean: float, seed: int = 3) -> list[Job]:
    """Jobs for one endpoint that come at any time, of exponential length."""
    draw = np.random.default_rng(seed)
    arrives = draw.exponential(1 / rate, count).cumsum()
    return [
        Job(float(at), n, 0, float(length))
        for n, (at, length) in enumerate(zip(arrives, draw.exponential(mean, count)))
    ]


def erlang_c(load: float, servers: int) -> float:
    """The probability of waiting where ``load`` erlangs come to so many servers (A. K. Erlang, 1917)."""
    last = load**servers / math.factorial(servers) * servers / (servers - load)
    return last / (sum(load**n / math.factorial(n) for n in range(servers)) + last)


def mean_wait(found: Outcome) -> float:
    return float(found.waited.mean())


@pytest.mark.parametrize(("nodes", "workers", "load"), [(1, 1, 0.6), (3, 2, 4.5), (10, 1, 7.0)])
def test_workers_make_wait_as_long_as_erlang_says(nodes: int, workers: int, load: float) -> None:
    jobs = poisson(load, 60_000, 1.0)

    found = simulate(jobs, [Kind(1.0, 0.0, 0.0)], FREE, Cluster(1, nodes, workers))

    servers = nodes * workers
    waiting = erlang_c(load, servers)
    assert float((found.waited > 1e-9).mean()) == pytest.approx(waiting, rel=0.1)
    assert mean_wait(found) == pytest.approx(waiting / (servers - load), rel=0.25)
    assert found.worker_asked == pytest.approx(load / servers, rel=0.03)


def test_a_heads_line_is_that_of_one_server_with_even_service() -> None:
    """Both halves of the service stand in one line: M/D/1 (F. Pollaczek, 1930) with two visits a job."""
    each, rate = 0.1, 6.0
    jobs = poisson(rate, 60_000, 1e-9)

    found = simulate(jobs, [Kind(1.0, 0.0, 0.0)], Head(each, 0.0), Cluster(1, 1, 10**6))

    half, busy = each / 2, rate * each
    least = each + busy * half / (2 * (1 - busy))
    assert found.head_asked == pytest.approx(busy, rel=0.03)
    assert least <= mean_wait(found) <= 2.5 * least


def test_two_heads_halve_what_each_has_to_do_and_the_link_counts_every_crossing() -> None:
    jobs = poisson(2.0, 4000, 10.0)
    head = Head(0.1, 0.0, bandwidth=1e6, crossings=2, bytes_a_second=1e4)

    alone, both = (simulate(jobs, [Kind(0.1, 0.0, 0.0)], head, Cluster(heads, 8)) for heads in (1, 2))

    assert alone.head_asked == pytest.approx(2 * both.head_asked, rel=0.02)
    assert alone.link_asked == pytest.approx(2.0 * 10.0 * 2 * 1e4 / 1e6, rel=0.1)
    assert len(alone.waited) == len(both.waited) == 4000


def test_a_worker_begins_once_and_again_when_it_had_to_make_room() -> None:
    kinds = [Kind(0.0, 5.0, 100.0), Kind(0.0, 5.0, 100.0)]
    jobs = [Job(100.0 * n, 0, endpoint, 1.0) for n, endpoint in enumerate((0, 0, 1, 1, 0))]
    head = Head(0.0, 0.0, bandwidth=10.0, bytes_a_second=0.0)

    roomy, narrow = (simulate(jobs, kinds, head, Cluster(1, 1, 1, warm)) for warm in (2, 1))

    assert roomy.waited.tolist() == [15.0, 0.0, 15.0, 0.0, 0.0]
    assert narrow.waited.tolist() == [15.0, 0.0, 15.0, 0.0, 5.0], "its files are still on the node"
    assert (roomy.cold, narrow.cold) == (0.4, 0.6)


def test_the_warm_node_is_taken_before_the_idle_one() -> None:
    jobs = [Job(0.0, 0, 0, 1.0), Job(10.0, 0, 0, 100.0), Job(11.0, 0, 0, 1.0)]

    found = simulate(jobs, [Kind(1.0, 3.0, 0.0)], FREE, Cluster(1, 2, 2))

    assert sorted(found.waited.tolist()) == [0.0, 0.0, 3.0]


def test_callers_ask_for_as_much_as_was_said_and_come_in_order() -> None:
    kinds = [Kind(0.05, 1.0, 1e6), Kind(0.3, 1.0, 1e6)]

    came = trace(kinds, 5, 3000)

    work = sum(job.seconds * kinds[job.endpoint].pace for job in came)
    assert work / came[-1].arrives / 10 == pytest.approx(0.7, rel=0.05)
    assert [job.arrives for job in came] == sorted(job.arrives for job in came) and len(came) > 2000
