"""A file through an effect, in a process of its own: ``python -m benchmarks.one_effect HOST NAME IN OUT VALUES``."""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import soundfile

from endpoints.effects.applying import BLOCK, applied
from endpoints.effects.channels import Linked


def main(host: str, name: str, source: str, target: str, values: str) -> None:
    """Write ``target``; ``HOST`` is lv2, vst3, torch, or pedalboard, which is that library without us."""
    with soundfile.SoundFile(source) as file:
        rate, channels = file.samplerate, file.channels
        if host == "pedalboard":
            plugin = importlib.import_module("pedalboard").load_plugin(name)
            for key, value in json.loads(values).items():
                setattr(plugin, key, value)
            sound = file.read(dtype="float32", always_2d=True).T
            soundfile.write(target, plugin.process(sound, rate, buffer_size=1024).T, rate, "FLOAT")
            return
        if host == "lv2":
            lv2 = importlib.import_module("endpoints.effects.lv2.plugin")
            effect = Linked(lambda: lv2.Lv2Plugin(name, rate), channels)
        elif host == "vst3":
            vst3 = importlib.import_module("endpoints.effects.vst3.plugin")
            effect = Linked(lambda: vst3.Vst3Plugin(Path(name), rate), channels)
        else:
            importlib.import_module("torch").set_num_threads(1)
            effect = importlib.import_module("endpoints.effects.torch_set.effects").EFFECTS[name](rate, channels)
        held = json.loads(values)
        blocks = (block.T for block in file.blocks(BLOCK, dtype="float32", always_2d=True))
        with soundfile.SoundFile(target, "w", rate, channels, "FLOAT") as written:
            for block in applied(effect, blocks, lambda _: held):
                written.write(block.T)


if __name__ == "__main__":
    main(*sys.argv[1:])
