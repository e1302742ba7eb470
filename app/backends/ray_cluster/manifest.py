"""The files that an endpoint is made of, by their content: what a node needs before it can run it."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from app.backends.ray_cluster.blocks import digest_of
from app.endpoint import EndpointSpec
from app.errors import WorkerError
from app.own_code import ROOT

_MOST_FILES = 10_000
_SYSTEM = ("/usr", "/lib", "/lib64", "/etc", "/bin", "/opt")
"""Where every node has its own: what packages of the system brought."""

_Stamp = tuple[int, int, int, int]


@dataclass(frozen=True)
class ContentFile:
    """A file of an endpoint.

    Attributes:
        path: where it lies on the server, an absolute path.
        sha256: of its content, in hexadecimal digits.
        size: bytes.
    """

    path: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Manifest:
    """What a node needs for an endpoint.

    Attributes:
        files: in the order of their paths.
        roots: the folders under which they lie, on the server.
        own: where the server has what every node has, too: our own code, and Python's packages.
    """

    files: tuple[ContentFile, ...] = ()
    roots: tuple[str, ...] = ()
    own: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """What names it: two with the same files, at the same paths, have the same."""
        listed = [[file.path, file.sha256] for file in self.files]
        return hashlib.sha256(json.dumps(listed).encode()).hexdigest()[:32]


class Manifests:
    """Makes manifests; a file is read anew only when it has changed."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[_Stamp, str]] = {}
        self._lock = threading.Lock()

    def of(self, spec: EndpointSpec) -> Manifest:
        """Return an endpoint's manifest; it reads files, so that it belongs on a thread.

        Raises:
            WorkerError: a file cannot be read, or there are too many.
        """
        sources = [*spec.reads, *spec.weights_at.values(), *([spec.works_in] if spec.works_in else [])]
        moved = [os.path.abspath(path) for path in sources if not _on_every_node(path)]  # noqa: PTH100
        roots = dict.fromkeys(path if Path(path).is_dir() else str(Path(path).parent) for path in moved)
        try:
            files = {path: self._file(path) for source in moved for path in _files(source)}
        except OSError as error:
            raise WorkerError(f"A file of the model cannot be read: {error.strerror}.") from error
        own = (str(ROOT), sys.prefix)
        return Manifest(tuple(files[path] for path in sorted(files)), tuple(sorted(roots, key=len, reverse=True)), own)

    def _file(self, path: str) -> ContentFile:
        with self._lock:
            status = Path(path).stat()
            stamp = (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)
            known = self._known.get(path)
            if known is None or known[0] != stamp:
                known = self._known[path] = (stamp, digest_of(Path(path)))
            return ContentFile(path, known[1], status.st_size)


def moved(spec: EndpointSpec, manifest: Manifest, bundle: str, own: tuple[str, ...]) -> EndpointSpec:
    """Return an endpoint as a node has it: with the node's paths.

    Args:
        spec: as the server has it.
        manifest: its files.
        bundle: the node's folder under which every file has its path of the server.
        own: what the node has for ``manifest.own``, in that order.
    """
    places = {root: bundle + root for root in manifest.roots} | {
        there: here for there, here in zip(manifest.own, own) if there != here
    }

    def put(text: str) -> str:
        return _replaced(text, places)

    return replace(
        spec,
        arguments={name: put(value) for name, value in spec.arguments.items()},
        reads=tuple(map(put, spec.reads)),
        weights_at={repo: put(value) for repo, value in spec.weights_at.items()},
        works_in=put(spec.works_in),
        example=None,
        further_examples=(),
    )


def _replaced(text: str, places: Mapping[str, str]) -> str:
    """Return a text in which each path that lies in one of ``places`` lies in what stands there.

    >>> _replaced('{"a": "/home/x/model", "b": "/home/xy"}', {"/home/x": "/node/home/x"})
    '{"a": "/node/home/x/model", "b": "/home/xy"}'
    """
    spelled = {**places} | {json.dumps(old)[1:-1]: json.dumps(new)[1:-1] for old, new in places.items()}
    if not spelled:
        return text
    longest = sorted(spelled, key=len, reverse=True)
    found = re.compile(rf'(?<![^\s"\',:;=\[])({"|".join(map(re.escape, longest))})(?=$|[/"\',:;\s\]])')
    return found.sub(lambda match: spelled[match[1]], text)


def _on_every_node(path: str) -> bool:
    code = (ROOT / "app", ROOT / "endpoints", Path(sys.prefix))
    return any(Path(path).is_relative_to(place) for place in (*_SYSTEM, *code))


def _files(source: str) -> Iterator[str]:
    """Give every file of a folder, or the one file; nothing where there is none."""
    if Path(source).is_file():
        yield source
    count = 0
    for folder, folders, names in os.walk(source):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in names:
            path = os.path.join(folder, name)  # noqa: PTH118
            if os.path.isfile(path):  # noqa: PTH113
                count += 1
                if count > _MOST_FILES:
                    raise WorkerError(f"The model’s folder holds more than {_MOST_FILES} files: too many for a node.")
                yield path
