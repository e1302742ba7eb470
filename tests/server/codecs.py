"""A server whose steered codec has its weights from a hub of our own: tiny codecs, with random numbers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from endpoints.tagbox.codecs import CODECS
from tests.endpoints.tagbox import tiny_codecs
from tests.fixtures.stems import write_stated
from tests.hub_server.repositories import Content
from tests.hub_server.server import HubServer, serve_hub
from tests.server.manager import install, models
from tests.server.running import RunningServer, run_server

NAME = "harpist/steered-codec"
MODULE = "tests.server.stems"
"""The whole program, of which ``environment`` says what it offers."""


@dataclass(frozen=True)
class CodecServer:
    """A server where the first codec is installed.

    Attributes:
        running: the server.
        card: what the gallery told before that.
        home: its folder.
        environment: for another process of the same program.
    """

    running: RunningServer
    card: dict[str, Any]
    home: Path
    environment: dict[str, str]

    @property
    def url(self) -> str:
        """The endpoint's."""
        return self.running.model(NAME)


def stock(hub: HubServer, folder: Path) -> dict[str, dict[str, Any]]:
    """Put tiny codecs on a hub under the names of the published ones; returns what is to be stated of each."""
    stated = {}
    for seed, codec in enumerate(CODECS):
        tiny_codecs.save(codec, folder / codec.family, seed)
        content = {file: (folder / codec.family / file).read_bytes() for file in codec.weights.files}
        repository = hub.add(codec.weights.repo, content, tags=())
        repository.card["license"], repository.large = codec.weights.licence, (".safetensors",)
        stated[codec.weights.repo] = {
            "revision": hub.commit(codec.weights.repo),
            "files": list(codec.weights.files),
            "sha256": {file: Content(data).sha256 for file, data in content.items()},
            "licence": codec.weights.licence,
            "size": sum(map(len, content.values())),
        }
    return stated


@contextmanager
def codec_server(folder: Path) -> Iterator[CodecServer]:
    """Start a hub and a server, and install the first codec."""
    with serve_hub() as hub:
        write_stated(folder / "stated.json", stock(hub, folder))
        stated = {"HF_ENDPOINT": hub.url, "TEST_STATED": str(folder / "stated.json"), "TEST_PREFIX": NAME}
        with run_server(folder / "home", module=MODULE, **stated) as running:
            card = models(running.url)[NAME]
            assert install(running.url, NAME)["state"] == "done"
            yield CodecServer(running, card, folder / "home", stated)
