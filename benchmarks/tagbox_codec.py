"""Table 15, below: what a step costs with a codec of the published size, with random weights, on a processor."""

from __future__ import annotations

import os
import time

import torch

from benchmarks.processes import peak_mib
from benchmarks.sounds import music
from benchmarks.table import Options, Table, command
from endpoints.tagbox.codecs import DAC, ENCODEC
from endpoints.tagbox.latents.codec import CodecLatent
from endpoints.tagbox.latents.codec_network import CodecNetwork, Dac, Encodec

COLUMNS = (
    "Codec",
    "Numbers in it (million)",
    "Processor seconds a step, for each second of sound",
    "Peak memory (MiB)",
)
_SECONDS = 4.0


def measure(options: Options) -> Table:
    """Decode a window and go back through it, once with each codec."""
    torch.set_num_threads(1)
    try:
        from transformers import DacConfig, DacModel, EncodecConfig, EncodecModel
    except ImportError:
        return Table(COLUMNS, [], ["Not measured: requirements-neural.txt is not installed."])
    stereo = {"sampling_rate": 48000, "audio_channels": 2, "chunk_length_s": 1.0, "overlap": 0.01}
    music_codec = {**stereo, "norm_type": "time_group_norm", "use_causal_conv": False, "target_bandwidths": [24.0]}
    rows = []
    for name, build in (
        (ENCODEC.name, lambda: Encodec(EncodecModel(EncodecConfig(**music_codec)), "cpu")),
        (DAC.name, lambda: Dac(DacModel(DacConfig(sampling_rate=44100)), "cpu")),
    ):
        torch.manual_seed(1)
        codec: CodecNetwork = build()
        numbers = sum(weights.numel() for weights in vars(codec)["_model"].parameters()) / 1e6
        seconds = 0.5 if options.quick else _SECONDS
        latent = CodecLatent(torch.from_numpy(music(seconds)), 44100, codec, lambda: None)
        began = time.process_time()
        latent.decode(None).square().mean().backward()  # type: ignore[no-untyped-call]
        spent = (time.process_time() - began) / seconds
        rows.append((name, f"{numbers:.0f}", f"{spent:.1f}", f"{peak_mib(os.getpid()):.0f}"))
    return Table(COLUMNS, rows)


if __name__ == "__main__":
    command("tagbox_codec", measure)
