"""A server that asks for a key, and two people who have one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.web.access.keys import KeyStore
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import Site, site


@dataclass(frozen=True)
class Guarded:
    """The server, its keys, and two of them: Anna may install, Ben may not."""

    site: Site
    keys: KeyStore
    anna: str
    ben: str


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    home = tmp_path_factory.mktemp("guarded")
    keys = KeyStore(home)
    anna, ben = keys.add("Anna", may=("install",)), keys.add("Ben")
    with site(home, [spec(Mirror, "test/mirror")], workers=2, require_key=True) as made:
        yield Guarded(made, keys, anna, ben)
