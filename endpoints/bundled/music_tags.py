"""The tags that musicnn knows, which of them are instruments, and what is shown of them.

The orders are those of the network's outputs: E. Law et al.: "Evaluation of algorithms using games: the case of music
tagging", ISMIR 2009 (MagnaTagATune, MTT); T. Bertin-Mahieux et al.: "The Million Song Dataset", ISMIR 2011 (MSD, with
the listeners' tags of Last.fm). Both lists name the same thing several times ("beat", "beats"): a group has the
greatest probability of its tags.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

_MTT = (
    "guitar, classical, slow, techno, strings, drums, electronic, rock, fast, piano, ambient, beat, violin, vocal, "
    "synth, female, indian, opera, male, singing, vocals, no vocals, harpsichord, loud, quiet, flute, woman, "
    "male vocal, no vocal, pop, soft, sitar, solo, man, classic, choir, voice, new age, dance, male voice, "
    "female vocal, beats, harp, cello, no voice, weird, country, metal, female voice, choral"
)
_MSD = (
    "rock, pop, alternative, indie, electronic, female vocalists, dance, 00s, alternative rock, jazz, beautiful, "
    "metal, chillout, male vocalists, classic rock, soul, indie rock, Mellow, electronica, 80s, folk, 90s, chill, "
    "instrumental, punk, oldies, blues, hard rock, ambient, acoustic, experimental, female vocalist, guitar, Hip-Hop, "
    "70s, party, country, easy listening, sexy, catchy, funk, electro, heavy metal, Progressive rock, 60s, rnb, "
    "indie pop, sad, House, happy"
)

MTT, MSD = (text.split(", ") for text in (_MTT, _MSD))
"""The tags of each data set, in the order of the network's outputs."""

_WOMEN = ("female", "woman", "female vocal", "female voice", "female vocalists", "female vocalist")
_MEN = ("male", "male vocal", "man", "male voice", "male vocalists")
_VOICES = ("vocal", "singing", "vocals", "voice", "opera", "choir", "choral")

FAMILIES: Mapping[str, Sequence[str]] = {
    "vocals (all)": (*_VOICES, *_WOMEN, *_MEN),
    "guitar": ("guitar",),
    "piano/keyboard": ("piano", "harpsichord"),
    "strings (all)": ("strings", "violin", "cello"),
    "drums (all)": ("drums", "beat", "beats"),
    "synth": ("synth",),
    "flute": ("flute",),
    "harp": ("harp",),
    "sitar": ("sitar",),
}
"""Families of instruments, and the tags whose greatest probability each has."""

INSTRUMENTS: Mapping[str, Sequence[str]] = {
    "voice": ("vocal", "singing", "vocals", "voice"),
    "female voice": _WOMEN,
    "male voice": _MEN,
    "choir": ("choir", "choral"),
    "opera": ("opera",),
    "guitar": ("guitar",),
    "piano": ("piano",),
    "harpsichord": ("harpsichord",),
    "strings": ("strings",),
    "violin": ("violin",),
    "cello": ("cello",),
    "drums (all)": ("drums", "beat", "beats"),
    "synth": ("synth",),
    "flute": ("flute",),
    "harp": ("harp",),
    "sitar": ("sitar",),
}
"""Single instruments; what the data sets have several words for is one."""

VIEWS: Sequence[Mapping[str, Sequence[str]]] = (FAMILIES, INSTRUMENTS, {tag: (tag,) for tag in (*MTT, *MSD)})
"""What can be shown: families, single instruments, every tag as it is."""

LABELS = list(dict.fromkeys(name for view in VIEWS for name in view))
"""The names of all labels, each once."""


def members(tags: Sequence[str], view: Mapping[str, Sequence[str]]) -> torch.Tensor:
    """Tell which tags count for which label: bool, ``(labels, tags)``; no row for a label that is not in the view."""
    rows = [[tag in view.get(label, ()) for tag in tags] for label in LABELS]
    return torch.tensor(rows, dtype=torch.bool)
