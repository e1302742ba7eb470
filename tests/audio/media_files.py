"""Sound files in the formats that FFmpeg's encoders write, by PyAV."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import av
import numpy as np

WIDE_FLAC = {"strict": "experimental", "bits_per_raw_sample": "32"}
"""Options of FFmpeg's FLAC encoder for 32-bit samples."""


def encode(
    container: str,
    codec: str,
    samples: np.ndarray,
    rate: int,
    form: str,
    options: Mapping[str, str] | None = None,
    layout_options: Mapping[str, str] | None = None,
) -> bytes:
    """Encode ``samples (channels, n)``, of the type that FFmpeg's sample format ``form`` (such as ``"s16p"``) holds.

    Args:
        container: FFmpeg's name.
        codec: FFmpeg's name.
        samples: the sound.
        rate: in Hz.
        form: FFmpeg's name.
        options: for the codec.
        layout_options: for the container.
    """
    layout = {1: "mono", 2: "stereo", 6: "5.1"}[len(samples)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "sound")
        with av.open(str(path), "w", format=container, options=dict(layout_options or {})) as output:
            stream = output.add_stream(codec, rate=rate, layout=layout, format=form, options=dict(options or {}))
            stream.codec_context.open()
            size = stream.codec_context.frame_size or 1024
            for at in range(0, samples.shape[1], size):
                block = np.ascontiguousarray(samples[:, at : at + size])
                block = block if form.endswith("p") else block.T.reshape(1, -1)
                frame = av.AudioFrame.from_ndarray(block, form, layout)
                frame.sample_rate, frame.pts = rate, at
                output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
        return path.read_bytes()
