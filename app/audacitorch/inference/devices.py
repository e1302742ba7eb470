"""Which processor a model runs on."""

from __future__ import annotations

import torch

from app.errors import SettingsError


def choose_device(requested: str) -> torch.device:
    """Return the device that a setting names; ``"auto"`` is CUDA, else Apple's MPS, else the CPU.

    Raises:
        SettingsError: no such device, or not on this machine.
    """
    cuda = torch.cuda.is_available()
    mps = torch.backends.mps.is_available()
    if requested == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    expected = "auto, cpu, cuda, cuda:N or mps is expected"
    try:
        device = torch.device(requested)
    except RuntimeError:
        raise SettingsError(f"The device “{requested[:40]}” is unknown; {expected}.") from None
    present = {
        "cpu": (device.index or 0) == 0,
        "cuda": cuda and (device.index or 0) < torch.cuda.device_count(),
        "mps": mps and (device.index or 0) == 0,
    }
    if device.type not in present:
        raise SettingsError(f"The device “{requested[:40]}” is unknown; {expected}.")
    if not present[device.type]:
        raise SettingsError(f"This machine has no device “{requested[:40]}”; {expected}.")
    return device
