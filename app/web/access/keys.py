"""Keys: who has one may use the server. Their digests lie in one file, read anew when it changes."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from types import MappingProxyType

from app.errors import InputError, JobCancelledError, NotFoundError, SettingsError
from app.hub.lock import locked
from app.web.access.key_limits import Limits, checked_limits
from app.web.access.person import Person
from app.whole_file import write_whole

NAME = "keys.json"
_VERSION = 1
_NAME = re.compile(r"[^\W_][\w .@-]{0,63}")
_SECRET = re.compile(r"harpist_[A-Za-z0-9_-]{43}")
_LARGEST = 16 * 1024 * 1024
_HOLD = 10.0
"""Seconds that another command may hold the file."""


@dataclass(frozen=True)
class Key:
    """What is kept of a key.

    Attributes:
        name: whose it is; one key a name.
        digest: SHA-256 of the key. A key has 256 random bits, so that no slow digest is needed: nobody can try all.
        may: what its owner may do beside using models, of :data:`app.web.access.person.MAY`.
        made: when, ``YYYY-MM-DDTHH:MM:SSZ``.
        limits: its owner's, in place of the server's settings.
    """

    name: str
    digest: str
    may: tuple[str, ...]
    made: str
    limits: Limits = field(default_factory=dict)


class KeyStore:
    """The keys of one server's home folder, for its commands and for the server itself.

    Args:
        home: the folder; ``keys.json`` lies in it once there is a key.
    """

    def __init__(self, home: Path) -> None:
        self._path = home / NAME
        self._seen: tuple[int, int, int] | None = None
        self._by_digest: dict[str, Key] = {}
        self._by_account: dict[str, Key] = {}

    def add(self, name: str, may: Sequence[str] = (), limits: Limits = MappingProxyType({})) -> str:
        """Make a key; return it, which is the only time that anyone sees it.

        Raises:
            InputError: the name is none, or has a key.
            SettingsError: the file is damaged, or cannot be written.
        """
        if not _NAME.fullmatch(name):
            raise InputError(
                f"“{name[:80]}” cannot be a key's name; expected are up to 64 letters, digits, spaces and . @ - _, "
                "a letter or digit first."
            )
        secret = f"harpist_{secrets.token_urlsafe(32)}"
        made = datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        with self._changing() as keys:
            if any(key.name.casefold() == name.casefold() for key in keys):
                raise InputError(f"“{name}” has a key already; revoke it first, or choose another name.")
            keys.append(Key(name, digest_of(secret), tuple(sorted(set(may))), made, dict(limits)))
        return secret

    def revoke(self, name: str) -> None:
        """Let a key open nothing any more, at once.

        Raises:
            NotFoundError: nobody of that name has one.
            SettingsError: the file is damaged, or cannot be written.
        """
        with self._changing() as keys:
            kept = [key for key in keys if key.name.casefold() != name.casefold()]
            if len(kept) == len(keys):
                raise NotFoundError(f"There is no key of “{name[:80]}”; “keys list” tells which there are.")
            keys[:] = kept

    def listed(self) -> tuple[Key, ...]:
        """Return every key, the oldest first.

        Raises:
            SettingsError: the file is damaged, or cannot be read.
        """
        self._look()
        return tuple(self._by_digest.values())

    def find(self, secret: str) -> Key | None:
        """Return the key that someone has shown; ``None`` where it is none of these.

        Raises:
            SettingsError: the file is damaged, or cannot be read.
        """
        return self.of_digest(digest_of(secret)) if is_key(secret) else None

    def of_digest(self, digest: str) -> Key | None:
        """Return the key of a digest; ``None`` where there is none, or none any more.

        Raises:
            SettingsError: the file is damaged, or cannot be read.
        """
        self._look()
        return self._by_digest.get(digest)

    def limits_of(self, account: str) -> Limits:
        """Return the limits of whoever has an account's key; none where there is no such key, or no more.

        Args:
            account: the id of a :class:`app.web.access.person.Person`.

        Raises:
            SettingsError: the file is damaged, or cannot be read.
        """
        self._look()
        key = self._by_account.get(account)
        return {} if key is None else key.limits

    def _look(self) -> None:
        """Read the file where it is another than last time."""
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self._seen, self._by_digest, self._by_account = None, {}, {}
            return
        except OSError as error:
            raise self._unreadable(error) from None
        seen = (state.st_mtime_ns, state.st_size, state.st_ino)
        if seen != self._seen:
            keys = self._read()
            self._by_digest = {key.digest: key for key in keys}
            self._by_account = {_account(key): key for key in keys}
            self._seen = seen

    def _read(self) -> list[Key]:
        try:
            with self._path.open("rb") as file:
                record = json.loads(file.read(_LARGEST))
            if record["version"] != _VERSION:
                raise ValueError
            return [_key(item) for item in record["keys"]]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise self._unreadable(error) from None
        except (ValueError, KeyError, TypeError, RecursionError, SettingsError):
            raise SettingsError(
                f"{NAME} in the home folder is damaged, so that no key can be told; put a copy of it back, or remove "
                "it and add the keys anew."
            ) from None

    def _unreadable(self, error: OSError) -> SettingsError:
        return SettingsError(f"{NAME} in the home folder cannot be read: {error.strerror}.")

    @contextmanager
    def _changing(self) -> Iterator[list[Key]]:
        """Give the keys to be changed, and write them where no error comes; other commands wait meanwhile."""
        given_up = threading.Event()
        timer = threading.Timer(_HOLD, given_up.set)
        timer.daemon = True
        timer.start()
        try:
            with locked(self._path.with_name(f".{NAME}.lock"), lambda: None, given_up):
                keys = self._read()
                yield keys
                record = {"version": _VERSION, "keys": [asdict(key) for key in keys]}
                write_whole(self._path, json.dumps(record, indent=1).encode(), 0o600)
        except JobCancelledError:
            raise SettingsError("Another command holds the keys; try again when it has ended.") from None
        except OSError as error:
            raise SettingsError(f"{NAME} in the home folder cannot be written: {error.strerror}.") from None
        finally:
            timer.cancel()


def digest_of(secret: str) -> str:
    """Return what is kept of a key in place of itself."""
    return hashlib.sha256(secret.encode()).hexdigest()


def is_key(text: str) -> bool:
    """Whether a text has the form of a key."""
    return _SECRET.fullmatch(text) is not None


def _key(item: dict[str, object]) -> Key:
    name, digest, may, made = item["name"], item["digest"], item["may"], item["made"]
    limits = item.get("limits", {})
    if not (isinstance(name, str) and isinstance(digest, str) and isinstance(may, list) and isinstance(limits, dict)):
        raise ValueError("no key")
    return Key(name, digest, tuple(map(str, may)), str(made), checked_limits(limits))


def of_key(key: Key) -> Person:
    """Return the person that a key's owner is here."""
    return Person(_account(key), key.name, frozenset(key.may))


def _account(key: Key) -> str:
    return f"key {key.digest[:16]}"
