"""AudioSeal's networks with random weights, in files as ``torch.save`` writes them, with what training left beside."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def needs_audioseal() -> None:
    """Skip a module where requirements-watermark.txt is not installed."""
    for name in ("audioseal", "einops", "omegaconf"):
        pytest.importorskip(name, reason=f"requirements-watermark.txt is not installed: no {name}")


def networks() -> tuple[Any, Any]:
    """A generator whose watermark is loud enough to be compared, and a detector."""
    import torch
    from audioseal.builder import AudioSealDetectorConfig, AudioSealWMConfig, create_detector, create_generator
    from audioseal.loader import AudioSeal, load_local_model_config
    from omegaconf import OmegaConf

    made = []
    for card, config, create in (
        ("audioseal_wm_16bits", AudioSealWMConfig, create_generator),
        ("audioseal_detector_16bits", AudioSealDetectorConfig, create_detector),
    ):
        told = OmegaConf.to_container(load_local_model_config(card))
        torch.manual_seed(3)
        made.append(create(AudioSeal.parse_config(told, config_type=config, nbits=16)).eval())
    return made[0], made[1]


def as_published(state: dict[str, Any]) -> dict[str, Any]:
    """Return weights under the names, and with the weight norm, that the published files have."""
    told = {}
    for name, value in state.items():
        if name.endswith(".inner_conv.weight"):
            plain = name.replace(".inner_conv.", ".")
            told[f"{plain}_g"] = value.norm(dim=tuple(range(1, value.ndim)), keepdim=True)
            told[f"{plain}_v"] = value
        else:
            told[name.replace(".inner_conv.", ".")] = value
    return told


def save(folder: Path) -> tuple[Any, Any]:
    """Write both files into a folder; return the networks."""
    import torch
    from omegaconf import OmegaConf

    generator, detector = networks()
    settings = OmegaConf.create({"seed": 3, "list": [1, {"a": "b"}]})
    files = (("generator_base.pth", generator), ("detector_base.pth", detector))
    for number, (name, network) in enumerate(files):
        state = as_published(network.state_dict())
        kept = {"model": state, "xp.cfg": settings} if number else {"best_state": {"model": state}, "xp.cfg": settings}
        torch.save(kept, folder / name)
    return generator, detector
