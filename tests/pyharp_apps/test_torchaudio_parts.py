"""A torchaudio whose compiled part does not load, and that has no torchcodec, in an app's process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import soundfile

ROOT = Path(__file__).parent.parent.parent
EXTENSION = """
import torch
from pathlib import Path
torch.ops.load_library(str(next((Path(__file__).parent.parent / "lib").glob("_torchaudio*.so"))))
"""
INIT = """
from . import _extension
def load(*_a, **_k):
    raise ImportError("TorchCodec is required")
save = load
"""
USES = """
import sys, torch
from app.pyharp_apps.stand_ins import install
install()
import torchaudio
print(torchaudio._extension._IS_TORCHAUDIO_EXT_AVAILABLE)
wave, rate = torchaudio.load("in.wav", frame_offset=2, num_frames=4)
torchaudio.save("out.wav", wave * 2, rate)
print(rate, wave.shape, torchaudio.info("out.wav").num_frames, torchaudio.load("in.wav", channels_first=False)[0].shape)
try:
    torchaudio._extension.fail_if_no_align(print)()
except RuntimeError as error:
    print(error)
"""


def test_it_is_made_good(tmp_path: Path) -> None:
    files = {"__init__.py": INIT, "_extension/__init__.py": EXTENSION, "lib/_torchaudio.abi3.so": "no library"}
    for name, text in files.items():
        path = tmp_path / "torchaudio" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    soundfile.write(tmp_path / "in.wav", np.linspace(0, 0.4, 16).reshape(8, 2), 16000, "FLOAT")
    command = [sys.executable, "-W", "error", "-c", f"import sys\nsys.path.insert(0, {str(ROOT)!r})\n{USES}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.stdout.splitlines() == [
        "False",
        "16000 torch.Size([2, 4]) 4 torch.Size([8, 2])",
        "torchaudio’s print needs its compiled part, which does not load beside this PyTorch",
    ], done.stderr
    written = soundfile.read(tmp_path / "out.wav")[0]
    assert np.abs(written - 2 * np.linspace(0, 0.4, 16).reshape(8, 2)[2:6]).max() < 1e-6
