"""What a running server tells Prometheus."""

from __future__ import annotations

import httpx
from prometheus_client.parser import text_string_to_metric_families


def counted(url: str, key: str = "") -> dict[tuple[str, ...], float]:
    """Return every number of ``/metrics``, by its name and its labels; ``key``: of whoever may read them."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    text = httpx.get(f"{url}/metrics", headers=headers, timeout=30).raise_for_status().text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }
