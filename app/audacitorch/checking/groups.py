"""The groups of trials that a check is made of, by name. Standard library only."""

from __future__ import annotations

GROUPS = {
    "opening": "while it was opened and tried on noise",
    "lengths": "while it was given lengths from one sample to minutes",
    "sounds": "while it was given silence, a constant, full scale and a sample that is no number",
    "repeats": "while it was given the same sound again",
    "classes": "while its labels were looked at",
    "controls": "while its own controls were moved",
    "chunks": "while a long region was cut into chunks",
    "label seams": "while a long region was labelled in chunks",
    "sound files": "while it processed sound files of odd rates",
    "speed": "while its time and memory were measured",
    "operators": "while its code was looked through",
}
"""What the model is given in each, in the order in which they run; a crash there is told with it."""

SECONDS = 45.0
"""Processor time (s) after which a check leaves out every trial that it can do without."""
LIMIT = 90.0
"""Processor time (s) after which no further call begins, whatever is left to be tried."""
