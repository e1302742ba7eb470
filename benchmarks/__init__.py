"""What the README's tables are made by: ``make bench``, or ``python -m benchmarks.<table>`` for one of them."""

import os

# As in the workers, and before torch is imported: on a machine that others use, threads that spin while they wait would
# slow the bare passes down, and flatter the server.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
