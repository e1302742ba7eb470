"""A small server that speaks as much of the hub's API as downloading a model needs.

It is driven by the real ``huggingface_hub`` client through ``HF_ENDPOINT``; every repository is a folder of files.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit


class HubServer:
    """Repositories as folders: ``add`` them, ``gated`` ones answer 403, and ``requests`` tells what was asked."""

    def __init__(self) -> None:
        self.repositories: dict[str, Path] = {}
        self.gated: set[str] = set()
        self.requests: list[str] = []
        self.url = ""

    def add(self, repo_id: str, folder: Path) -> None:
        self.repositories[repo_id] = folder

    def commit(self, repo_id: str) -> str:
        digest = hashlib.sha1(repo_id.encode(), usedforsecurity=False)
        for path in sorted(self.repositories[repo_id].iterdir()):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            """Keep the tests' output quiet."""

        def do_HEAD(self) -> None:
            self._answer(body=False)

        def do_GET(self) -> None:
            self._answer(body=True)

        def _send(self, status: int, content: bytes, headers: dict[str, str], body: bool) -> None:
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if body:
                self.wfile.write(content)

        def _refuse(self, status: int, code: str, body: bool) -> None:
            self._send(status, b"{}", {"X-Error-Code": code, "Content-Type": "application/json"}, body)

        def _answer(self, body: bool) -> None:
            path = unquote(urlsplit(self.path).path).strip("/")
            hub.requests.append(path)
            api = path.startswith("api/models/")
            parts = path.removeprefix("api/models/").split("/")
            repo_id = "/".join(parts[:2])
            if repo_id not in hub.repositories:
                self._refuse(401, "RepoNotFound", body)
            elif repo_id in hub.gated and not api:
                self._refuse(403, "GatedRepo", body)
            elif api and parts[2:3] == ["tree"]:
                self._tree(repo_id, body)
            elif api:
                self._info(repo_id, body)
            else:
                self._file(repo_id, "/".join(parts[4:]), body)

        def _tree(self, repo_id: str, body: bool) -> None:
            files = sorted(hub.repositories[repo_id].iterdir())
            record = [{"type": "file", "path": p.name, "size": p.stat().st_size, "oid": "0" * 40} for p in files]
            self._send(200, json.dumps(record).encode(), {"Content-Type": "application/json"}, body)

        def _info(self, repo_id: str, body: bool) -> None:
            names = [{"rfilename": path.name} for path in sorted(hub.repositories[repo_id].iterdir())]
            record = {"id": repo_id, "sha": hub.commit(repo_id), "siblings": names, "tags": ["audacity"]}
            self._send(200, json.dumps(record).encode(), {"Content-Type": "application/json"}, body)

        def _file(self, repo_id: str, name: str, body: bool) -> None:
            path = hub.repositories[repo_id] / name
            if not path.is_file():
                self._refuse(404, "EntryNotFound", body)
                return
            content = path.read_bytes()
            etag = hashlib.sha256(content).hexdigest()
            self._send(200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": hub.commit(repo_id)}, body)

    return Handler


@contextmanager
def serve_hub() -> Iterator[HubServer]:
    """Run a hub on a free port of this machine for the length of a ``with`` block."""
    hub = HubServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
