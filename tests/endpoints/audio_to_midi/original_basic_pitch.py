"""Numbers by the original network, to test ours against.

``python -m tests.endpoints.audio_to_midi.original_basic_pitch`` makes them again. It wants onnxruntime, which the
tests' environment does not have, and the wheel of requirements-weights.txt, whose graph it runs on made-up sound.
``original_basic_pitch.npz`` keeps a share of what it gives.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from endpoints.bundled.network_weights import BASIC_PITCH

KEPT = Path(__file__).with_suffix(".npz")
RATE, WINDOW = 22050, 43844
EVERY = 5
"""Of the frames every so many are kept."""


def sound() -> NDArray[np.float32]:
    """Return two windows ``(2, WINDOW)``, the same everywhere: three tones that come and go, and one that glides."""
    t = np.arange(WINDOW) / RATE
    chord = np.zeros(WINDOW)
    for number, (hertz, start) in enumerate(((110.0, 0.1), (277.2, 0.5), (659.3, 1.1))):
        held = np.where(t >= start, np.exp(-3.0 * (t - start)), 0.0)
        chord += sum(held * np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, 8 - number))
    glide = np.sin(2 * np.pi * (330.0 * t + 12.0 * t**2)) * np.minimum(1.0, 4.0 * t)
    noise = np.modf(np.sin(np.arange(WINDOW) * 12.9898) * 43758.5453)[0]
    return np.stack([0.2 * chord + 0.002 * noise, 0.1 * glide]).astype(np.float32)


def main() -> None:
    """Write the numbers."""
    import onnxruntime

    graph = onnxruntime.InferenceSession(BASIC_PITCH.read(), providers=["CPUExecutionProvider"])
    names = [f"StatefulPartitionedCall:{number}" for number in range(3)]
    contours, notes, onsets = graph.run(names, {"serving_default_input_2:0": sound()[..., None]})
    np.savez_compressed(
        KEPT, notes=notes[:, ::EVERY], onsets=onsets[:, ::EVERY], contours=contours[:, :: 2 * EVERY].astype(np.float32)
    )


if __name__ == "__main__":
    main()
