"""Which model's network has its weights in which package; imports no torch, so that looking for them costs nothing."""

from __future__ import annotations

from endpoints.bundled.packaged_weights import PackagedWeights

SILERO_VAD = PackagedWeights(
    package="silero-vad",
    version="6.2.3",
    file="silero_vad/data/silero_vad.jit",
    sha256="e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720",
    licence="MIT",
    credit="Silero Team, silero-vad",
)

WEIGHTS: dict[str, tuple[PackagedWeights, ...]] = {"voice_activity": (SILERO_VAD,)}
"""By module of ``NAMES``; the model is left out where they are missing."""
