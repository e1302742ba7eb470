"""AudioSeal's networks, as Meta's package ``audioseal`` builds them, with weights of the hub.

R. San Roman, P. Fernandez, H. Elsahar, A. Défossez, T. Furon, T. Tran: Proactive Detection of Voice Cloning with
Localized Watermarking, ICML 2024.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from endpoints.watermark.checkpoint import read_numbers

RATE = 16_000
"""Hz: the rate that they were taught at."""

MESSAGE = 0x4870
"""The 16 bits that our watermark carries: “Hp”."""

_BITS = 16
_STEP = 320
"""Samples of one step of the networks (8 * 5 * 4 * 2)."""

_LEAST = 10 * _STEP


class Marker:
    """Makes watermarks."""

    def __init__(self, weights: Path, device: str) -> None:
        from audioseal.builder import AudioSealWMConfig, create_generator

        self._network = _loaded(create_generator, "audioseal_wm_16bits", AudioSealWMConfig, weights).to(device)
        self._device = device
        bits = [MESSAGE >> place & 1 for place in range(_BITS - 1, -1, -1)]
        self._message = torch.tensor([bits], device=device)

    def watermark(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return what is to be added to ``sound (n,)`` at :data:`RATE`, of the same length."""
        with _plainly():
            made = self._network.get_watermark(_batch(sound, self._device), message=self._message)
        found: NDArray[np.float32] = made[0, 0, : len(sound)].float().cpu().numpy()
        return found


class Listener:
    """Hears watermarks."""

    def __init__(self, weights: Path, device: str) -> None:
        from audioseal.builder import AudioSealDetectorConfig, create_detector

        made = _loaded(create_detector, "audioseal_detector_16bits", AudioSealDetectorConfig, weights)
        self._network = made.to(device)
        self._device = device

    def heard(self, sound: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return what is heard in ``sound (n,)`` at :data:`RATE`.

        Returns:
            Of each sample, how sure it is that a watermark lies there (0 to 1); of each of the 16 bits, that it is 1.
        """
        with _plainly():
            present, message = self._network(_batch(sound, self._device))
        sure: NDArray[np.float32] = present[0, 1, : len(sound)].float().cpu().numpy()
        return sure, message[0].float().cpu().numpy()


@contextmanager
def _plainly() -> Iterator[None]:
    """Run networks as they are: the package would compile a part of them first, which takes a compiler, and longer."""
    from audioseal.libs.moshi.utils.compile import no_compile

    with torch.inference_mode(), no_compile():
        yield


def _batch(sound: NDArray[np.float32], device: str) -> torch.Tensor:
    """Return sound as the networks take it, with silence behind what is no whole number of steps."""
    length = max(_LEAST, -(-len(sound) // _STEP) * _STEP)
    return torch.from_numpy(np.pad(sound, (0, length - len(sound)))).to(device)[None, None]


def _loaded(create: Any, card: str, config: Any, weights: Path) -> Any:
    """Return one of the package's networks as its card describes it."""
    from audioseal.loader import (
        AudioSeal,
        convert_state_dict_for_scriptable_model,
        load_local_model_config,
        load_state_dict,
    )
    from omegaconf import OmegaConf

    told = OmegaConf.to_container(load_local_model_config(card))
    network = create(AudioSeal.parse_config(told, config_type=config, nbits=_BITS))
    with warnings.catch_warnings():
        # The package undoes a weight norm of a kind that PyTorch calls old.
        warnings.simplefilter("ignore", FutureWarning)
        load_state_dict(network, convert_state_dict_for_scriptable_model(read_numbers(weights)))
    return network.eval()
