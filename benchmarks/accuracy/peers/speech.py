"""Voice activity by silero's network and by WebRTC's detector in its strictest mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.accuracy.comparing import Method, Run
from benchmarks.accuracy.peers.reading import mono

_RATE = 16_000
_FRAME = 480
"""Samples that WebRTC's detector looks at: 30 ms."""


def _silero() -> Run:
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    torch.set_num_threads(1)
    model = load_silero_vad()

    def run(wav: Path) -> Any:
        found = get_speech_timestamps(torch.from_numpy(mono(wav, _RATE)), model, sampling_rate=_RATE)
        return [(span["start"] / _RATE, span["end"] / _RATE) for span in found]

    return run


def _webrtc() -> Run:
    import webrtcvad

    def run(wav: Path) -> Any:
        detector = webrtcvad.Vad(3)
        samples = (32_767 * mono(wav, _RATE).clip(-1.0, 1.0)).astype("<i2")
        return [
            (start / _RATE, (start + _FRAME) / _RATE)
            for start in range(0, len(samples) - _FRAME + 1, _FRAME)
            if detector.is_speech(samples[start : start + _FRAME].tobytes(), _RATE)
        ]

    return run


SILERO = Method("silero", "silero-vad", _silero)
WEBRTC = Method("webrtcvad mode 3", "webrtcvad-wheels", _webrtc)
