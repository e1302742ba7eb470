"""HARP's calls where the jobs run on a cluster: one round trip; ``make test-ray`` makes all of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.endpoints.mirror import Failing, Mirror, spec
from tests.ray_cluster import TwoNodes
from tests.serving import site
from tests.wire.clients import Harp14, Harp40, HarpClient
from tests.wire.transport import HarpError


def test_a_region_goes_to_a_node_and_back_to_harp(cluster: TwoNodes, sound: Path, tmp_path: Path) -> None:
    def loaded(kind: type[HarpClient], name: str) -> HarpClient:
        client = kind(f"{server.url}/models/test/{name}")
        client.load()
        return client

    specs = [spec(Mirror, "test/mirror"), spec(Failing, "test/failing")]
    with site(tmp_path / "home", specs, backend="ray", ray_address=cluster.address, ray_max=1) as server:
        for kind in (Harp14, Harp40):
            files = loaded(kind, "mirror").process(sound).files
            assert [body for _, body in files] == [sound.read_bytes()] * 2
        with pytest.raises(HarpError, match=r"The model gave 50.?3 rows, and 2 are expected"):
            loaded(Harp40, "failing").process(sound)
