"""A small server that speaks the hub's API, for the real ``huggingface_hub`` client (``HF_ENDPOINT``)."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

from tests.hub_server import api, files, oauth
from tests.hub_server.answers import as_json, refuse
from tests.hub_server.faults import Answer, CutOffError
from tests.hub_server.repositories import Repository
from tests.hub_server.state import HubServer, Request
from tests.hub_server.writing import Writing

__all__ = ["HubServer", "serve_hub"]


class _Router:
    """Finds the answer to one request."""

    def __init__(self, hub: HubServer, path: str, query: dict[str, list[str]], headers: dict[str, str]) -> None:
        self.hub = hub
        self.path = path
        self.query = query
        self.headers = headers
        self.token = headers.get("authorization", "").removeprefix("Bearer ")
        self.account = hub.accounts.get(self.token, "")

    def write(self, method: str, body: bytes) -> Answer:
        """The answer to a request that changes something."""
        if self.path == "/oauth/token":
            return oauth.token(self.hub, self.headers, body)
        if self.token and not self.account:
            return refuse(401, "", "Invalid credentials in Authorization header")
        may_write = self.token not in self.hub.read_only
        writing = Writing(self.hub, method, self.path, self.account, may_write, body)
        with self.hub.writing:
            return writing.answer() or refuse(404, "", "Not Found")

    def answer(self) -> Answer:
        if self.path.startswith("/cdn/"):
            return self._cdn()
        if self.token and not self.account:
            return refuse(401, "", "Invalid credentials in Authorization header")
        if self.path == "/api/whoami-v2":
            if not self.account:
                return refuse(401, "", "Invalid username or password.")
            orgs = oauth.organisations(self.hub, self.account)
            return as_json({"type": "user", "name": self.account, "fullname": self.account, "orgs": orgs})
        if self.path == "/oauth/authorize":
            return oauth.authorize(self.hub, self.query)
        if self.path == "/oauth/userinfo":
            orgs = oauth.organisations(self.hub, self.account)
            return as_json({"sub": "1", "preferred_username": self.account, "orgs": orgs})
        if self.path == "/api/models":
            return self._list()
        parts = [unquote(part) for part in self.path.strip("/").split("/")]
        if parts[:2] == ["api", "models"] and len(parts) >= 4:
            return self._about(f"{parts[2]}/{parts[3]}", parts[4:])
        if len(parts) >= 5 and parts[2] in ("resolve", "raw"):
            return self._file(f"{parts[0]}/{parts[1]}", parts[3], "/".join(parts[4:]))
        return refuse(404, "", "Not Found")

    def _repository(self, repo_id: str) -> Repository | None:
        found = self.hub.repositories.get(repo_id)
        hidden = found is not None and found.private and self.account not in found.readers
        return None if hidden else found

    def _unknown(self) -> Answer:
        return refuse(404 if self.account else 401, "RepoNotFound", "Repository not found")

    def _list(self) -> Answer:
        visible = [item for repo_id in self.hub.repositories if (item := self._repository(repo_id)) is not None]
        found = api.listed(visible, self.query)
        limit = int(self.query.get("limit", ["1000"])[0])
        start = int(self.query.get("cursor", ["0"])[0])
        end = start + min(limit, self.hub.page)
        headers = {}
        if end < len(found):
            query = {name: values for name, values in self.query.items() if name != "cursor"}
            following = urlencode({**query, "cursor": end}, doseq=True)
            headers["Link"] = f'<{self.hub.url}/api/models?{following}>; rel="next"'
        return as_json(found[start:end], **headers)

    def _about(self, repo_id: str, rest: list[str]) -> Answer:
        repository = self._repository(repo_id)
        if repository is None:
            return self._unknown()
        if rest == ["refs"]:
            return as_json(api.refs(repository))
        revision = rest[1] if len(rest) > 1 else "main"
        commit = repository.resolve(revision)
        if commit is None:
            return refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        if rest[:1] == ["commits"]:
            return as_json(api.commits(repository))
        if rest[:1] == ["tree"]:
            recursive = self.query.get("recursive", ["false"])[0].lower() == "true"
            return as_json(api.tree(repository, commit, "/".join(rest[2:]), recursive))
        if rest and rest[0] != "revision":
            return refuse(404, "", "Not Found")
        blobs = self.query.get("blobs", ["false"])[0].lower() == "true"
        return as_json(api.model_info(repository, commit, blobs=blobs) | {"cardData": repository.card})

    def _file(self, repo_id: str, revision: str, name: str) -> Answer:
        repository = self._repository(repo_id)
        if repository is None:
            return self._unknown()
        if repository.gated and self.account not in repository.readers:
            message = f"Access to model {repo_id} is restricted and you are not in the authorized list."
            return refuse(403 if self.account else 401, "GatedRepo", message)
        commit = repository.resolve(revision)
        if commit is None:
            return refuse(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        found = files.resolve(repository, commit, name, self.hub.cdn, self.headers)
        return found or refuse(404, "EntryNotFound", "Entry not found", **{"X-Repo-Commit": commit.sha})

    def _cdn(self) -> Answer:
        if self.token:
            return refuse(400, "", "A token was sent to the CDN")
        owner, name, sha256 = self.path.removeprefix("/cdn/").split("/")
        for commit in self.hub.repositories[f"{owner}/{name}"].commits:
            for file in commit.files.values():
                if file.sha256 == sha256:
                    return files.content(file, f'"{sha256}"', self.headers, {})
        return refuse(404, "", "Not Found")


def _handler(hub: HubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 10.0
        disable_nagle_algorithm = True

        def log_message(self, *args: object) -> None:
            """Keep the tests' output quiet."""

        def do_HEAD(self) -> None:
            self._respond()

        def do_GET(self) -> None:
            self._respond()

        def do_POST(self) -> None:
            self._respond(self._body())

        def do_PUT(self) -> None:
            self._respond(self._body())

        def _body(self) -> bytes:
            if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            body = bytearray()
            while size := int(self.rfile.readline(), 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return bytes(body)

        def _respond(self, body: bytes = b"") -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): text for name, text in self.headers.items()}
            request = Request(self.command, parts.path, parts.query, headers)
            with hub.lock:
                hub.requests.append(request)
                fault = next((item for item in hub.faults if item.befalls(self.command, parts.path)), None)
            router = _Router(hub, parts.path, parse_qs(parts.query), headers)
            reading = self.command in ("GET", "HEAD")
            answer = router.answer() if reading else router.write(self.command, body)
            if fault is not None:
                answer = fault.apply(answer)
            request.status = answer.status
            with suppress(BrokenPipeError, ConnectionResetError):
                self._send(answer, request)

        def _send(self, answer: Answer, request: Request) -> None:
            self.send_response(answer.status)
            # Whoever ends in the middle, or never, cannot be asked again on this connection.
            self.close_connection = answer.length < 0
            told = {"Content-Length": str(answer.length)} if answer.length >= 0 else {"Connection": "close"}
            for name, value in {**told, **answer.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "HEAD":
                return
            try:
                for block in answer.body:
                    self.wfile.write(block)
                    request.sent += len(block)
            except CutOffError:
                self.close_connection = True

    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a client that has gone away."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


@contextmanager
def serve_hub() -> Iterator[HubServer]:
    """Run a hub on a free port of this machine for the length of a ``with`` block."""
    hub = HubServer()
    server = _Server(("127.0.0.1", 0), _handler(hub))
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    hub.cdn = f"http://localhost:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
