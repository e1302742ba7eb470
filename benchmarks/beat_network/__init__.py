"""How the weights of the beat network are learnt: ``python -m benchmarks.beat_network`` writes them."""
