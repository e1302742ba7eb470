"""Which model's network has its weights in which package; imports no torch, so that looking for them costs nothing."""

from __future__ import annotations

from endpoints.bundled.packaged_weights import PackagedWeights

SILERO_VAD = PackagedWeights(
    package="silero-vad",
    version="6.2.3",
    file="silero_vad/data/silero_vad_16k.safetensors",
    sha256="c59271c284ae9c8335d795d60e0bfdb71aaaceec578d9bd9ffc1b8153c319ea1",
    licence="MIT",
    credit="Silero Team, silero-vad",
)

WEIGHTS: dict[str, tuple[PackagedWeights, ...]] = {"voice_activity": (SILERO_VAD,)}
"""By module of ``NAMES``; the model is left out where they are missing."""
