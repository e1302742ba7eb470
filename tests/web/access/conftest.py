"""A server that asks for a key, and two people who have one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from app.config import Settings
from app.main import create_app
from app.registry import Registry
from app.web.access.keys import KeyStore
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import Site, serving, site

HUB = {"allow_hf": ("studio",), "hf_client_id": "the-client", "hf_client_secret": "the-secret"}


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


@dataclass(frozen=True)
class Paged:
    """A server with Gradio's pages, and two people: Anna may install and read the metrics, Ben may not."""

    url: str
    anna: str
    ben: str


@pytest.fixture(scope="session")
def paged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paged]:
    home = tmp_path_factory.mktemp("paged")
    keys = KeyStore(home)
    anna, ben = keys.add("Anna", may=("install", "metrics")), keys.add("Ben")
    settings = Settings(home=home, require_key=True, workers=1, late_pages=True, **HUB)
    registry = Registry()
    registry.add(spec(Mirror, "test/mirror"))
    with serving(create_app(settings, registry, lambda line: None)) as url:
        yield Paged(url, anna, ben)
