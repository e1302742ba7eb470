"""Content Credentials (C2PA 2.2): a signed statement in a file that its bytes are as its maker left them.

``python -m app.provenance.credentials CERT KEY FILE…`` signs files, with their provenance as JSON on standard input. It
is a process of its own, since the library holds a WAV three times over in memory while it signs it.
"""

from __future__ import annotations

import base64
import json
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.provenance.flac import flac_start
from app.provenance.rebuilding import replaced
from app.provenance.record import GENERATED, Provenance, parse

LARGEST = 512 << 20
"""Bytes of the largest file that is signed."""

_ENHANCED = "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicallyEnhanced"
_CURVES = {
    bytes.fromhex("06082a8648ce3d030107"): "es256",
    bytes.fromhex("06052b81040022"): "es384",
    bytes.fromhex("06052b81040023"): "es512",
    bytes.fromhex("06032b6570"): "ed25519",
    bytes.fromhex("06092a864886f70d0101"): "ps256",
}
"""What a key signs with, by the object identifier that it holds."""
_PEM = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----([A-Za-z0-9+/=\s]+)-----END")


@dataclass(frozen=True)
class Verdict:
    """What a file's credentials are worth.

    Attributes:
        intact: nothing was changed since the file was signed.
        signer: whom the certificate names; a stranger's word, unless the certificate is trusted.
        trusted: the certificate is on the list of those whom the C2PA knows.
    """

    intact: bool
    signer: str
    trusted: bool


def kind_of(path: Path) -> str:
    """Return the type of a file that can be signed; ``""`` for others, also for one that is too large.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        head = file.read(12)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            kind = "audio/wav"
        elif flac_start(file) is not None:
            kind = "audio/flac"
        else:
            kind = "audio/mpeg" if head[:3] == b"ID3" or head[:2] in (b"\xff\xfb", b"\xff\xf3", b"\xff\xf2") else ""
    return kind if path.stat().st_size <= LARGEST else ""


def algorithm_of(key: str) -> str:
    """Return what a private key signs with, in the library's word.

    Raises:
        ValueError: it is none in PEM without a password, or of another kind.
    """
    found = _PEM.search(key)
    if found is None:
        raise ValueError("a private key in PEM, without a password, is expected")
    if "BEGIN RSA" in key:
        return "ps256"
    data = base64.b64decode("".join(found[1].split()))
    for mark, name in _CURVES.items():
        if mark in data:
            return name
    raise ValueError("a key for ECDSA (P-256, P-384, P-521), Ed25519 or RSA is expected")


def verdict_on(path: Path) -> Verdict | None:
    """Return what a file's credentials are worth; ``None`` where it has none.

    Raises:
        ImportError: the library is not installed.
        OSError: the file cannot be read.
    """
    import c2pa

    kind = kind_of(path)
    if not kind:
        return None
    # Nothing is fetched, whatever the file says.
    context = c2pa.Context.from_dict({"verify": {"remote_manifest_fetch": False, "ocsp_fetch": False}})
    try:
        with path.open("rb") as file:
            told: dict[str, Any] = json.loads(c2pa.Reader(kind, file, context=context).json())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError:
        return Verdict(False, "", False)
    state = told.get("validation_state")
    manifest = told.get("manifests", {}).get(told.get("active_manifest"), {})
    signature = manifest.get("signature_info") or {}
    names = (signature.get("common_name"), signature.get("issuer"))
    return Verdict(state in ("Valid", "Trusted"), ", ".join(str(name) for name in names if name), state == "Trusted")


def sign(path: Path, certificates: str, key: str, made: Provenance) -> None:
    """Sign a file that :func:`kind_of` knows; it is the old one or the signed one, whatever happens.

    Args:
        path: the file.
        certificates: in PEM: that of the key first, then those up to the root's.
        key: a private key in PEM.
        made: where the file came from.

    Raises:
        Exception: of the library: the file cannot be signed so.
    """
    import c2pa

    info = c2pa.C2paSignerInfo(algorithm_of(key), certificates.encode(), key.encode(), None)
    with (
        c2pa.Signer.from_info(info) as signer,
        c2pa.Builder(json.dumps(_manifest(made))) as builder,
        replaced(path) as (old, new),
    ):
        builder.sign(signer, kind_of(path), old, new)


def _manifest(made: Provenance) -> dict[str, Any]:
    agent = {"name": "Harpist", "version": made.harpist}
    created = {
        "action": "c2pa.created",
        "digitalSourceType": GENERATED if made.generated else _ENHANCED,
        "softwareAgent": agent,
        "description": made.sentence(),
    }
    return {
        "claim_generator_info": [agent],
        "assertions": [
            {"label": "c2pa.actions.v2", "data": {"actions": [created]}},
            {"label": "org.harpist.provenance", "data": made.as_json()},
        ],
    }


def main(certificates: str, key: str, files: list[str]) -> None:
    """Sign files.

    Raises:
        SystemExit: with a reason, where one cannot be.
    """
    made = parse(sys.stdin.read())
    if made is None:
        raise SystemExit("no provenance")
    chain, secret = (Path(name).read_text(encoding="ascii") for name in (certificates, key))
    for name in files:
        try:
            sign(Path(name), chain, secret, made)
        except Exception as error:
            raise SystemExit(" ".join(str(error).split())[:300]) from None


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3:])
