"""Ways in which people put a server behind a proxy, each run with the real one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.proxies.programs import caddy, free_port, nginx
from tests.ui.page_site import PageSite, page_site

DOCUMENTED = Path(__file__).parent.parent.parent / "docs" / "proxies.md"


def documented(proxy: str) -> str:
    """Return the configuration that the documentation shows, for a server at ``{inner}``."""
    block = DOCUMENTED.read_text(encoding="utf-8").split(f"```{proxy}\n")[1].split("```")[0]
    if proxy == "caddy":  # what stands within the site
        block = block.partition("{\n")[2].rpartition("}")[0]
    assert "127.0.0.1:7860" in block
    return block.replace("127.0.0.1:7860", "{inner}")


@dataclass(frozen=True)
class Case:
    """One way.

    Attributes:
        proxy: ``nginx`` or ``caddy``.
        prefix: the path at which it offers the server.
        rules: its configuration, with ``{inner}`` for the server's ``host:port``.
        public: whether the server is told its public address; else it believes what the proxy says.
    """

    proxy: str
    prefix: str
    rules: str
    public: bool = True

    @property
    def overwrites(self) -> bool:
        """Whether it tells who asks, whatever the request says of that."""
        return self.proxy == "caddy" or "X-Forwarded-For" in self.rules

    @property
    def takes_large(self) -> bool:
        """Whether it lets large files through: nginx does where it is told to."""
        return self.proxy == "caddy" or "client_max_body_size" in self.rules


LEFT = """location /music/harpist/ {
  proxy_pass http://{inner};
  proxy_set_header Host $http_host;
  proxy_set_header X-Forwarded-For $remote_addr;
  proxy_set_header X-Forwarded-Proto $scheme;
  proxy_set_header X-Forwarded-Prefix /music/harpist;
}"""
HIDDEN = """reverse_proxy {inner} {
  header_up Host {upstream_hostport}
}"""

CASES = {
    "nginx, as documented": Case("nginx", "/harpist", documented("nginx")),
    "nginx, port lost": Case("nginx", "", "location / { proxy_pass http://{inner}; proxy_set_header Host $host; }"),
    "nginx, sub-path, Host hidden": Case("nginx", "/harpist", "location /harpist/ { proxy_pass http://{inner}/; }"),
    "nginx, told, path left": Case("nginx", "/music/harpist", LEFT, public=False),
    "caddy, TLS, as documented": Case("caddy", "/harpist", documented("caddy")),
    "caddy, TLS, told, Host hidden": Case("caddy", "", HIDDEN, public=False),
}
SHORT = ("nginx, as documented", "caddy, TLS, told, Host hidden")
"""Those that every run of the tests tries: each proxy, with a sub-path and without, with TLS and without."""


@dataclass(frozen=True)
class Scene:
    """A server behind a proxy.

    Attributes:
        case: the way.
        url: its public address, without a slash at the end.
        inner: its own address, which no client needs.
        site: the server.
        certificate: vouches for the proxy; ``None`` without TLS.
    """

    case: Case
    url: str
    inner: str
    site: PageSite
    certificate: Path | None

    def model(self, name: str) -> str:
        return f"{self.url}/models/harpist/{name}"


@contextlib.contextmanager
def scene(case: Case, folder: Path) -> Iterator[Scene]:
    """Start a server and the proxy before it."""
    port = free_port()
    url = f"{'https' if case.proxy == 'caddy' else 'http'}://localhost:{port}{case.prefix}"
    (folder / "home").mkdir(parents=True)
    (folder / "proxy").mkdir()
    public = {"public_url": url} if case.public else {}
    with page_site(folder / "home", whole=True, trusted_proxy=("127.0.0.1",), **public) as site:
        inner = site.url.replace("localhost", "127.0.0.1")
        rules = case.rules.replace("{inner}", inner.removeprefix("http://"))
        run = caddy if case.proxy == "caddy" else nginx
        with run(folder / "proxy", port, rules) as certificate:
            yield Scene(case, url, inner, site, certificate)
