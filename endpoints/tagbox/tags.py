"""What can be asked for: groups of a tagger's tags by a musician's names, and tags that a user writes.

The tags are those of MagnaTagATune (see :mod:`endpoints.bundled.music_tags`); no library is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.errors import ControlError

WANTED: Mapping[str, tuple[str, ...]] = {
    "Drums": ("drums", "beat", "beats"),
    "Vocals": ("vocal", "vocals", "singing", "voice", "male vocal", "female vocal"),
    "Female voice": ("female", "woman", "female vocal", "female voice"),
    "Male voice": ("male", "man", "male vocal", "male voice"),
    "Choir": ("choir", "choral"),
    "Piano": ("piano",),
    "Harpsichord": ("harpsichord",),
    "Guitar": ("guitar",),
    "Strings": ("strings", "violin", "cello"),
    "Violin": ("violin",),
    "Cello": ("cello",),
    "Flute": ("flute",),
    "Harp": ("harp",),
    "Sitar": ("sitar",),
    "Synthesizer": ("synth",),
}
"""The tags that stand for each choice; the one that is heard best counts."""

INSTRUMENTS = frozenset(tag for tags in WANTED.values() for tag in tags) | {"opera"}
"""Tags of instruments and voices; the others name genres and moods, which a source has whatever it is."""


_ELSEWHERE: Mapping[str, tuple[str, ...]] = {
    "Vocals": ("female vocalists", "female vocalist", "male vocalists"),
    "Female voice": ("female vocalists", "female vocalist"),
    "Male voice": ("male vocalists",),
}
"""What other taggers call a choice: these are of the Million Song Dataset."""


def asked(choice: str) -> tuple[str, ...]:
    """Return the tags of a choice, and its own name, by which other taggers may know it.

    >>> asked("Male voice")
    ('male', 'man', 'male vocal', 'male voice', 'male vocalists')
    """
    return tuple(dict.fromkeys((*WANTED[choice], choice.lower(), *_ELSEWHERE.get(choice, ()))))


def own_tags(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Read tags that a user wrote, divided by commas; none where nothing stands there.

    Raises:
        ControlError: the tagger has no such tag.

    >>> own_tags(" Flute, harp ", ["harp", "flute"])
    ('flute', 'harp')
    """
    written = [" ".join(part.lower().split()) for part in text.split(",")]
    wanted = tuple(dict.fromkeys(part for part in written if part))
    for tag in wanted:
        if tag not in known:
            raise ControlError(f"“{tag[:40]}” is no tag of the tagger; it knows {', '.join(sorted(known))}.")
    return wanted
