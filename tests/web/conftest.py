"""A server that the tests of this folder share."""

from __future__ import annotations

import httpx
import pytest

from tests.fixtures.endpoints.mirror import Failing, Mirror, Reader, spec
from tests.serving import site


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """Three endpoints; uploads of at most 1 MiB; one job runs and one waits; a proxy on this machine is believed."""
    specs = [spec(Mirror, "test/mirror"), spec(Reader, "test/reader"), spec(Failing, "test/failing")]
    proxy = {"trusted_proxy": ("127.0.0.1",), "allow_host": ("m.org", "models.example.org")}
    with site(tmp_path_factory.mktemp("home"), specs, workers=1, queue=1, max_upload=1, **proxy) as made:
        yield made


@pytest.fixture(scope="session")
def http(server):
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client
