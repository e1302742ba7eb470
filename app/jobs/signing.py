"""Signs what jobs bring, with the operator's key, which no worker sees."""

from __future__ import annotations

import logging
import subprocess
import sys
import tempfile
import wave
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from app import __version__
from app.config import Settings
from app.errors import SettingsError, WorkerError
from app.own_code import START, pip_arguments

if TYPE_CHECKING:
    from app.provenance.record import Provenance

log = logging.getLogger(__name__)

_LONGEST = 600.0
"""Seconds that the files of one job may take."""


class Signing:
    """Adds Content Credentials to the files that can hold them; it tries so once, before it is needed.

    Args:
        certificates: a file in PEM, with the key's own certificate first.
        key: a file with the private key in PEM, without a password.

    Raises:
        SettingsError: why nothing can be signed with them.
    """

    def __init__(self, certificates: Path, key: Path) -> None:
        from app.provenance.credentials import algorithm_of
        from app.provenance.record import Provenance

        if find_spec("c2pa") is None:
            raise SettingsError(
                "The setting sign needs a library that is missing here; install it with: "
                f"python -m pip install {pip_arguments('requirements-signing.txt')}"
            )
        self._pair = [str(certificates), str(key)]
        try:
            certificates.read_text(encoding="ascii")
            algorithm_of(key.read_text(encoding="ascii"))
        except OSError as error:
            raise SettingsError(f"The setting sign names {error.filename}: {error.strerror}.") from None
        except ValueError as error:
            reason = "PEM is expected" if isinstance(error, UnicodeError) else str(error)
            raise SettingsError(f"The setting sign names a certificate or a key of another form: {reason}.") from None
        with tempfile.TemporaryDirectory(prefix="harpist-") as folder:
            trial = Path(folder) / "trial.wav"
            with wave.open(str(trial), "wb") as out:
                out.setparams((1, 2, 8000, 0, "NONE", ""))
                out.writeframes(bytes(2000))
            reason = self._failure([trial], Provenance("harpist/trial", "", "", {}, __version__, ""))
        if reason:
            raise SettingsError(f"Nothing can be signed with the certificate and the key of the setting sign: {reason}")

    def sign(self, files: Sequence[Path], made: Provenance) -> None:
        """Sign those files that can be. Blocking.

        Raises:
            WorkerError: one could not be.
            OSError: one cannot be read.
        """
        from app.provenance.credentials import kind_of

        signable = [path for path in files if kind_of(path)]
        reason = self._failure(signable, made) if signable else ""
        if reason:
            log.error("a result could not be signed: %s", reason)
            raise WorkerError("The result could not be signed; the server's log says why.")

    def _failure(self, files: Sequence[Path], made: Provenance) -> str:
        """Sign files, and return why they could not be; ``""`` where they are."""
        command = [sys.executable, "-m", "app.provenance.credentials", *self._pair, *map(str, files)]
        try:
            done = subprocess.run(  # noqa: S603
                command, cwd=START, input=made.text(), capture_output=True, text=True, timeout=_LONGEST, check=False
            )
        except subprocess.TimeoutExpired:
            return "it took too long"
        lines = done.stderr.strip().splitlines()
        return "" if done.returncode == 0 else (lines[-1] if lines else f"exit status {done.returncode}")


def signing(settings: Settings) -> Signing | None:
    """Return what signs with the settings' certificate and key; ``None`` where nothing is to be signed.

    Raises:
        SettingsError: why nothing can be signed with them.
    """
    if not settings.sign:
        return None
    certificates, key = (Path(name).expanduser().absolute() for name in settings.sign)
    return Signing(certificates, key)
