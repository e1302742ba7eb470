"""How the numbers of ``endpoints/bundled/beat_evidence.py`` were fitted: ``python -m benchmarks.beat_fit``."""
