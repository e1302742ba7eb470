"""Where DeepFilterNet3's weights lie, and how the network is built of them."""

from __future__ import annotations

import io
import tarfile

import torch

from endpoints.bundled.deep_filter import DeepFilter
from endpoints.bundled.network_weights import DEEP_FILTER_NET_3
from endpoints.bundled.onnx_weights import OnnxError, read_tensors

_FOLDER = "tmp/export/"
_LONGEST = 16 * 2**20
"""Bytes of a file in the archive; the longest has 3.3 million."""


def deep_filter() -> DeepFilter:
    """Return the network with its weights.

    Raises:
        WeightsMissingError: the package is missing, or another.
        OnnxError: its files are not those that are expected.
    """
    with tarfile.open(fileobj=io.BytesIO(DEEP_FILTER_NET_3.read()), mode="r:gz") as archive:
        encoder, gains, filters = (_tensors(archive, f"{_FOLDER}{part}.onnx") for part in ("enc", "erb_dec", "df_dec"))
    return DeepFilter(encoder, gains, filters)


def _tensors(archive: tarfile.TarFile, name: str) -> dict[str, torch.Tensor]:
    """Return the tensors of a file in the archive, which is read in memory: nothing of it is unpacked to disk."""
    try:
        member = archive.getmember(name)
        file = archive.extractfile(member)
    except KeyError:
        file = None
    if file is None or member.size > _LONGEST:
        raise OnnxError(f"The archive of the weights holds no file {name} of the expected length.")
    return {key: torch.from_numpy(value) for key, value in read_tensors(file.read()).items()}
