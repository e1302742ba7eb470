"""The small models behind the known repositories: what they take and return, and nothing learnt."""

from __future__ import annotations

import io
import warnings

import torch
from torch import nn

from tests.hub_server.known import KNOWN, KnownModel
from tests.hub_server.state import HubServer


class Rows(nn.Module):
    """Row ``i`` is the mix of the channels at the level ``1 / (i + 1)``."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.register_buffer("levels", 1.0 / (1.0 + torch.arange(rows, dtype=torch.float32)).unsqueeze(1))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.levels * x.mean(dim=0, keepdim=True)


class Sides(nn.Module):
    """Stereo in, stereo out, the sides swapped; mono comes back on both."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.flip(0) if x.shape[0] == 2 else torch.cat([x, x], dim=0)


class Classes(nn.Module):
    """One label for every half second: the first class where it is loud, else the last."""

    def __init__(self, classes: int, half: int) -> None:
        super().__init__()
        self.classes = classes
        self.half = half

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        frames = x.shape[1] // self.half
        level = x[0, : frames * self.half].reshape(frames, self.half).abs().mean(dim=1)
        starts = torch.arange(frames) * 0.5
        labels = torch.where(level > 0.05, torch.zeros_like(level), torch.full_like(level, self.classes - 1.0))
        return labels.to(torch.int64), torch.stack([starts, starts + 0.5], dim=1)


def weights(known: KnownModel, sample_rate: int) -> bytes:
    """The model.pt of a known repository."""
    module: nn.Module = Rows(known.rows)
    if known.channels == 2:
        module = Sides()
    elif known.classes:
        module = Classes(known.classes, sample_rate // 2)
    file = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # TorchScript is deprecated, and is the format
        torch.jit.save(torch.jit.script(module.eval()), file)
    return file.getvalue()


def add_known_models(hub: HubServer) -> None:
    """Put every known repository onto a hub, and the curated list that names some of them."""
    from app.audacitorch.metadata import parse_metadata

    for number, known in enumerate(KNOWN):
        rate = parse_metadata(known.metadata).sample_rate
        files = {"model.pt": weights(known, rate), "metadata.json": known.metadata, "README.md": known.readme}
        repository = hub.add(known.id, files)
        repository.downloads, repository.likes = 10 * number, number
        if known.licence:
            repository.card["license"] = known.licence
    curated = ",\n".join(f'  "{known.id}"' for known in KNOWN[:5])
    hub.add("hugggof/audacity-models", {"models.json": f"[\n{curated},\n]"}, tags=())
