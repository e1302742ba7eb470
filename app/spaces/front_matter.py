"""The header of a Space's README.md: what Hugging Face builds it from, and what HARP's home page finds it by."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

LONGEST_DESCRIPTION = 60
"""Characters that the hub takes of a ``short_description``."""

_LICENCES = """
    apache-2.0 mit openrail bigscience-openrail-m creativeml-openrail-m bigscience-bloom-rail-1.0
    bigcode-openrail-m afl-3.0 artistic-2.0 bsl-1.0 bsd bsd-2-clause bsd-3-clause bsd-3-clause-clear c-uda cc cc0-1.0
    cc-by-2.0 cc-by-2.5 cc-by-3.0 cc-by-4.0 cc-by-sa-3.0 cc-by-sa-4.0 cc-by-nc-2.0 cc-by-nc-3.0 cc-by-nc-4.0
    cc-by-nd-4.0 cc-by-nc-nd-3.0 cc-by-nc-nd-4.0 cc-by-nc-sa-2.0 cc-by-nc-sa-3.0 cc-by-nc-sa-4.0 ecl-2.0 epl-1.0
    epl-2.0 etalab-2.0 eupl-1.1 eupl-1.2 agpl-3.0 gfdl gpl gpl-2.0 gpl-3.0 lgpl lgpl-2.1 lgpl-3.0 isc lppl-1.3c
    ms-pl mpl-2.0 odc-by odbl openrail++ osl-3.0 postgresql ofl-1.1 ncsa unlicense wtfpl zlib pddl
"""
_ODD = re.compile(r"[^a-z0-9.+-]+")
LICENCES = frozenset(_LICENCES.split())
"""The names of licences that the hub knows; any other is ``other`` with a ``license_name``."""


def front_matter(**values: str | int | bool | Sequence[str]) -> str:
    """Write a header: texts in quotes, lists an item a line; what is empty is left out.

    >>> print(front_matter(title="A: b", tags=["x"], pinned=False))
    ---
    title: "A: b"
    tags:
    - "x"
    pinned: false
    ---
    """
    lines = ["---"]
    for key, value in values.items():
        if isinstance(value, (bool, int)):
            lines.append(f"{key}: {json.dumps(value)}")
        elif isinstance(value, str):
            lines += [f"{key}: {json.dumps(value, ensure_ascii=False)}"] if value else []
        elif value:
            lines += [f"{key}:", *(f"- {json.dumps(item, ensure_ascii=False)}" for item in value)]
    return "\n".join([*lines, "---"])


def licence_fields(licences: Sequence[str]) -> dict[str, str]:
    """Return the licence of everything together, in the hub's words; a name of one's own is written as theirs are.

    >>> licence_fields(["MIT", "mit"]), licence_fields(["mit", "gpl-3.0"])
    ({'license': 'mit'}, {'license': 'other', 'license_name': 'mit-and-gpl-3.0'})
    """
    names = list(dict.fromkeys(name.lower() for name in licences))
    if len(names) == 1 and names[0] in LICENCES:
        return {"license": names[0]}
    return {"license": "other", "license_name": _ODD.sub("-", "-and-".join(names)).strip("-")[:120]}


def short_description(texts: Sequence[str]) -> str:
    """Return what fits of one model's description, or how many models there are.

    >>> short_description(["Takes a mix apart."]), short_description(["a", "b"])
    ('Takes a mix apart.', '2 audio models for HARP, in your DAW')
    """
    text = " ".join(texts[0].split()) if len(texts) == 1 else f"{len(texts)} audio models for HARP, in your DAW"
    if len(text) <= LONGEST_DESCRIPTION:
        return text
    return text[: LONGEST_DESCRIPTION - 1].rsplit(" ", 1)[0].rstrip(" ,;:.") + "…"
