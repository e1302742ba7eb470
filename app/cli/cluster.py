"""``harpist cluster status``: the nodes of a Ray cluster, and what runs on them."""

from __future__ import annotations

import argparse
from typing import Any

from app.cli.flags import add_settings
from app.config import Settings


def add_cluster(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Give the command line its ``cluster`` command."""
    cluster = commands.add_parser("cluster", help="the Ray cluster on which jobs may run", allow_abbrev=False)
    actions = cluster.add_subparsers(required=True, metavar="COMMAND")
    status = actions.add_parser("status", help="tell its nodes, and what runs on them", allow_abbrev=False)
    add_settings(status, ("ray_address", "ray_cpus", "ray_gpus", "memory"))
    status.set_defaults(run=_status)


def _status(_options: argparse.Namespace, settings: Settings) -> int:
    from app.backends.ray_cluster.status import cluster_status

    nodes = cluster_status(settings)
    print(f"Ray cluster at {settings.ray_address}: {_count(len(nodes), 'node')}")
    for one in nodes:
        has = f"{one.node.has.cpus:g} CPUs, {one.node.has.gpus:g} GPUs, {one.node.has.memory / 1e9:.1f} GB"
        print(f"{one.node.name}  {has}; room for {_count(one.fits, 'job')} at once")
        for supervisor in one.supervisors:
            print(f"  {_told(supervisor)}")
    return 0


def _told(state: dict[str, Any] | None) -> str:
    if state is None:
        return "a server’s processes, which do not answer"
    census = state["census"]
    warm = ", ".join(dict.fromkeys(state["warm"])) or "nothing"
    working = f"{census.busy} busy, {census.idle} idle, {census.memory / 1e6:.0f} MB"
    return f"a server’s processes: {working}; loaded with {warm}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
