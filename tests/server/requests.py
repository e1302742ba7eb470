"""Any request: what a careless program or an attacker may send to any address of a server."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from hypothesis import strategies as st

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE")
PREFIXES = ("", "/models/test/well_behaved", "/models/test/minute")
OWN = ("/", "/health", "/catalogue", "/favicon.ico", "/models/{id}/{name}", "/models/{id}")
AUDACITY = tuple(f"/audacity/{name}" for name in ("state", "take", "put", "sound/{id}", "{name}"))
MANAGER = tuple(
    f"/manager/{name}" for name in ("models", "installs", "install", "cancel", "remove", "update", "{name}")
)
HARP = (
    *(f"{early}call/{name}{event}" for early in ("", "gradio_api/") for name in ("controls", "process", "cancel", "{n}")
      for event in ("", "/{event_id}")),
    *(f"{early}{file}{{path}}" for early in ("", "gradio_api/") for file in ("file=", "c/file=")),
    "upload",
    "gradio_api/upload",
)  # fmt: skip
KEYS = (
    "data", "path", "fn_index", "session_hash", "event_id", "api_name", "url", "model", "id", "trigger_id",
    "event_data", "fn_name", "component_id", "simple_format", "batched", "request", "rate", "words", "installed",
    "sort", "tag", "page", "upload_id", "view", "__theme", "deep_link", "all_endpoints", "orig_name", "meta",
)  # fmt: skip
_PLACE = re.compile(r"\{[^}]*\}")


def gradio_routes() -> list[str]:
    """Return every address that Gradio gives a page, with ``{name}`` for what varies."""
    # In a loop that ends, since Gradio makes one of its own where it finds none.
    return asyncio.run(_gradio_routes())


async def _gradio_routes() -> list[str]:
    import gradio as gr
    from gradio.routes import App

    with gr.Blocks() as blocks:
        gr.Markdown("A page")
    found: list[str] = []

    def walk(routes: object, before: str = "") -> None:
        for route in routes:  # type: ignore[attr-defined]
            inner = getattr(route, "original_router", route)
            if hasattr(inner, "routes"):
                walk(inner.routes, before + getattr(route, "path", ""))
            elif hasattr(route, "path"):
                found.append(before + route.path)

    walk(App.create_app(blocks).routes)
    assert len(found) > 80
    return sorted({path.lstrip("/") for path in found})


@dataclass(frozen=True, repr=False)
class AnyRequest:
    """One request as it goes over the wire."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def __repr__(self) -> str:
        shown = (self.method, self.target[:300], self.headers, self.body[:500])
        return f"AnyRequest{shown}"

    def wire(self) -> bytes:
        names = {name.lower() for name, _ in self.headers}
        host = [] if "host" in names else ["Host: localhost"]
        lines = [f"{self.method} {self.target} HTTP/1.1", *host, *(f"{name}: {value}" for name, value in self.headers)]
        lines += [f"Content-Length: {len(self.body)}", "Connection: close", "", ""]
        return "\r\n".join(lines).encode("latin-1") + self.body


numbers = st.sampled_from([0, -1, 1, 1e308, -1e308, 5e-324, float("nan"), float("inf"), 10**400, 2**63, 1.5, 10**20])
words = st.one_of(
    st.sampled_from(
        ["", "\x00", "\ud800", "\udc80x", "../../etc/passwd", "/etc/passwd", "9" * 5000, "process", "null"]
    ),
    st.text(st.characters(), max_size=12),
)
files = st.fixed_dictionaries({"path": words, "meta": st.just({"_type": "gradio.FileData"})})
values = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, words, files),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.one_of(st.sampled_from(KEYS), words), inner, max_size=4)
    ),
    max_leaves=10,
)
calls = st.fixed_dictionaries(
    {"data": st.lists(values, max_size=4)},
    optional={
        key: st.one_of(st.integers(0, 12), values) for key in ("fn_index", "session_hash", "event_id", "trigger_id")
    },
)


def _written(value: object) -> bytes:
    """Return a value as a sloppy program writes it: ``NaN``, halves of characters."""
    return json.dumps(value).replace("Infinity", "1e999").encode()


FORM = [
    b"--X\r\n", b"--X--\r\n", b"\r\n", b"x" * 3000, b"\0\xff", b"Content-Type: audio/wav\r\n",
    b"Content-Disposition: ;\r\n",
    b'--X\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\nsound\r\n',
    b'--X\r\nContent-Disposition: form-data; name="files"; filename="\xff\0/../"\r\n\r\n\r\n',
    b'--X\r\nContent-Disposition: form-data; name="other"\r\n\r\ntext\r\n',
]  # fmt: skip
"""Pieces of multipart forms."""
bodies = st.one_of(
    st.sampled_from([b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 20_000, b"9" * 6000, b'{"data": [1e400]}']),
    st.one_of(calls, values).map(_written),
    st.binary(max_size=40),
    st.lists(st.sampled_from(FORM), max_size=5).map(b"".join),
)
parts = st.one_of(
    st.sampled_from([
        "a", "..", "%00", "%2e%2e%2f", "%ff%fe", "a" * 300, "%C3%A9", "%ed%a0%80", "1e400", "-1", "9" * 5000, "%0a",
        "%2Fetc%2Fpasswd", "process", "http://127.0.0.1:1/x", "http:%2F%2Flocalhost%2F", "%5B::1", "http://[",
    ]),
    st.text("abcdefghijklmnopqrstuvwxyz0123456789-._~=@:+%", min_size=1, max_size=8),
)  # fmt: skip
queries = st.lists(st.tuples(st.sampled_from(KEYS), parts), max_size=3).map(
    lambda pairs: "?" + "&".join(f"{name}={value}" for name, value in pairs) if pairs else ""
)
HEADERS = {
    "Content-Type": [
        "application/json", "text/plain", "", "multipart/form-data; boundary=X", "multipart/form-data",
        "application/x-www-form-urlencoded", "application/json; charset=utf-16", "application/json;charset=\xff",
    ],
    "Origin": ["null", "http://evil", "http://[", "//", ""],
    "Authorization": ["Bearer x", "\xff", "Basic %"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", "x", "bytes=0-1,2-3", "bytes=" + "9" * 5000 + "-"],
    "X-Forwarded-Host": ["a b", "[", "evil:99999", "a" * 300],
    "X-Forwarded-Proto": ["https", "x"],
    "X-Forwarded-For": ["1.2.3.4", "[", "\xff"],
    "X-Forwarded-Prefix": ["/a", "//evil", "["],
    "Forwarded": ["for=1.2.3.4;host=[;proto=https", "\xff", 'for="[::1'],
    "Host": ["localhost", "a", "[::1", "\xe9", "x:99999999", ""],
    "Accept": ["text/html", "*/*"],
    "If-None-Match": ["x"],
    "If-Modified-Since": ["x"],
    "Cookie": ["a=b", "x" * 4000, "\xff=\xfe"],
    "X-HARP-Client": ["\xff", "a"],
    "X-Harpist-Token": ["\xff"],
}  # fmt: skip
headers = st.dictionaries(st.sampled_from(sorted(HEADERS)), st.integers(0, 7), max_size=3).map(
    lambda picked: tuple((name, HEADERS[name][index % len(HEADERS[name])]) for name, index in picked.items())
)


def any_request(page_routes: list[str]) -> st.SearchStrategy[AnyRequest]:
    """Return a strategy for requests to every address that there is, and some that are not."""
    under = st.builds(
        "{}/{}".format, st.sampled_from(PREFIXES), st.sampled_from([*HARP, *page_routes, "{name}", "gradio_api/{name}"])
    )
    templates = st.one_of(st.sampled_from(OWN), st.sampled_from((*MANAGER, *AUDACITY)), under, under)

    def filled(template: str) -> st.SearchStrategy[str]:
        pieces = _PLACE.split(template)
        return st.lists(parts, min_size=len(pieces) - 1, max_size=len(pieces) - 1).map(
            lambda given: "".join(piece + part for piece, part in zip(pieces, [*given, ""]))
        )

    methods = st.one_of(st.sampled_from(["GET", "POST"]), st.sampled_from(METHODS))
    targets = st.builds(lambda path, query: path + query, templates.flatmap(filled), queries)
    typed = st.builds(lambda given: (("Content-Type", "application/json"), *given), headers.filter(_untyped))
    return st.builds(AnyRequest, methods, targets, st.one_of(typed, headers), bodies)


def _untyped(given: tuple[tuple[str, str], ...]) -> bool:
    return all(name != "Content-Type" for name, _ in given)


def send(url: str, request: AnyRequest) -> tuple[int, bytes]:
    """Send one request; returns the status and the answer. A stream is left once it has begun."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(request.wire())
        answer = b""
        while block := connection.recv(65536):
            answer += block
            if b"\r\n\r\n" in answer and (b"text/event-stream" in answer or len(answer) > 100_000):
                break
    status = answer.split(b" ", 2)[1:2]
    return int(status[0]) if status else 0, answer
