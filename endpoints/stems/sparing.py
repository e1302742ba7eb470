"""Less memory for what a network computes on the processor: of HTDemucs's, a quarter, and it is no slower.

oneDNN keeps the layers that it has prepared, and with each the memory in which it computed; PyTorch's quick attention
holds the score of every pair of moments at once, 220 MB for a segment, its other one a few at a time.
"""

from __future__ import annotations

import os

import torch


def spare_memory() -> None:
    """Keep neither, from now on, in this whole process; of the first, oneDNN asks at its first layer only."""
    os.environ.setdefault("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0")
    torch.backends.mha.set_fastpath_enabled(False)
