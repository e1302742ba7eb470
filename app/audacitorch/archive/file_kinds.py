"""What a model.pt is that is no zip file, told by how it begins. Standard library only."""

from __future__ import annotations

_BEGINNINGS: tuple[tuple[int, bytes, str], ...] = (
    (4, b"PTMF", "it was written for mobile devices"),
    (4, b"ET12", "it is a .pte file of ExecuTorch"),
    (4, b"TFL3", "it is a TensorFlow Lite model"),
    (0, b"\x89HDF\r\n\x1a\n", "it is an HDF5 file, such as a Keras model"),
    (0, b"GGUF", "it is a GGUF file"),
    (0, b"\x93NUMPY", "it is an array of NumPy"),
    (0, b"\x1f\x8b", "it is packed with gzip"),
    (0, b"\xfd7zXZ", "it is packed with xz"),
    (0, b"7z\xbc\xaf", "it is packed with 7-Zip"),
    (257, b"ustar", "it is a tar archive"),
    (0, b"\x7fELF", "it is a compiled library"),
    (0, b"RIFF", "it is a sound file"),
    (0, b"fLaC", "it is a sound file"),
    (0, b"OggS", "it is a sound file"),
)
LONGEST = 512
"""Bytes of a file's beginning that are looked at."""


def file_kind(head: bytes) -> str:
    r"""Return a clause about a well-known kind of file that begins so, or ``""``.

    >>> file_kind(b"\x10\0\0\0\0\0\0\0{\"weight\": ")
    'it holds weights without a program, in the safetensors format'
    """
    for place, mark, clause in _BEGINNINGS:
        if head[place : place + len(mark)] == mark:
            return clause
    if head[8:10] == b'{"' and 2 <= int.from_bytes(head[:8], "little") < 2**32:
        return "it holds weights without a program, in the safetensors format"
    if _is_onnx(head):
        return "it is an ONNX model"
    return ""


def is_page(head: bytes) -> bool:
    """Whether a file begins as a web page, or as a server's answer in JSON or XML, does."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return text.startswith((b"<!doctype", b"<html", b"<head", b"<?xml", b'{"'))


def _is_onnx(head: bytes) -> bool:
    """Whether a message begins with a format version from 1 to 20 and then a text: ONNX's ModelProto.

    The text is the producer's name, or, where that is missing, follows in one of the next fields.
    """
    return len(head) > 2 and head[:1] == b"\x08" and 1 <= head[1] <= 20 and head[2:3] in b"\x12\x1a\x22\x32\x3a\x42"
