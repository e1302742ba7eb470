"""Table 7: what the sandbox costs.

The module that a program starts with is imported again in every worker: this one is as light as the server's.
"""

from __future__ import annotations

from benchmarks.table import Options, Table, command

COLUMNS = ("What", "Measured", "Least – most", "Turns", "Goal")


def measure(options: Options) -> Table:
    """Measure a forward pass, a fresh worker and workers that wait."""
    from benchmarks.sandbox_cost import sandbox_cost

    return Table(COLUMNS, sandbox_cost(options))


if __name__ == "__main__":
    command("isolation", measure)
