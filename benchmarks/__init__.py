"""What the README's tables are made by: ``make bench``, or ``python -m benchmarks.<table>`` for one of them."""
