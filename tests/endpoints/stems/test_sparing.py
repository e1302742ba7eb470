"""What is not kept: prepared layers with their memory, and the scores of an attention."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
TOKENS, HEADS = 1024, 8
USES = f"""
import torch
from torch.profiler import ProfilerActivity, profile
from endpoints.stems.sparing import spare_memory
spare_memory()
layer = torch.nn.Conv1d(8, 8, 3).eval()
attention = torch.nn.MultiheadAttention(64, {HEADS}, batch_first=True).eval()
tokens = torch.randn(1, {TOKENS}, 64)
with torch.inference_mode():
    for _ in range(3):
        layer(torch.ones(1, 8, 4000))
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as seen:
        attention(tokens, tokens, tokens, need_weights=False)
print("largest", max(event.self_cpu_memory_usage for event in seen.events()))
"""


def test_neither_layers_nor_scores_are_kept() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", USES],
        cwd=ROOT,
        env={"PYTHONPATH": str(ROOT), "ONEDNN_VERBOSE": "profile_create"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("create:cache_miss") >= 3 and "create:cache_hit" not in ran.stdout
    largest = int(ran.stdout.split("largest ")[1].split()[0])
    assert 0 < largest < HEADS * TOKENS**2 * 4 / 4, "in bytes, beside those of all scores at once"
