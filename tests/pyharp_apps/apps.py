"""The apps of ``tests/fixtures/pyharp_apps`` as a server describes them."""

from __future__ import annotations

from pathlib import Path

from app.endpoint import EndpointSpec
from app.pyharp_apps.asking import ask, read
from app.pyharp_apps.granted import granted_to

APPS = Path(__file__).parent.parent / "fixtures" / "pyharp_apps"


def app_spec(path: Path, endpoint_id: str = "test/app", permits: tuple[str, ...] = (), seconds: float = 60.0):
    """Return the endpoint of the app in a file."""
    granted = granted_to(path, permits)
    told = ask(path, granted, seconds, 0, 1 << 30)
    spec: EndpointSpec = read(endpoint_id, path, granted, told)
    return spec


def spec_of(name: str, **options) -> EndpointSpec:
    """Return the endpoint of one of the fixtures, ``name`` or ``name/app``, as ``test/name``."""
    return app_spec(APPS / f"{name}.py", f"test/{name.partition('/')[0]}", **options)
