"""The network that fills in tokens: a transformer that hears the whole window, before and behind.

Its positions are distances, sorted into 32 buckets that widen with the distance (C. Raffel and others: Exploring the
limits of transfer learning with a unified text-to-text transformer, JMLR 21, 2020); norms without a mean (B. Zhang, R.
Sennrich: Root mean square layer normalization, NeurIPS 2019), gated linear units (N. Shazeer: GLU variants improve
transformer, 2020).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch.nn import functional

from app.errors import ModelFormatError
from endpoints.vampnet.checkpoint import Checkpoint

_FARTHEST = 128
"""Steps: all that lie farther away share a bucket."""
_EPSILON = 1e-6


@dataclass(frozen=True)
class Layout:
    """What a network is made of.

    Attributes:
        books: how many tokens each step of time has, for this network.
        given: how many of these it is only told, the first ones; it fills in the others.
        tokens: how many values a token has; the next number means "to be filled in".
        width, heads, layers: of the transformer.
    """

    books: int
    given: int
    tokens: int
    width: int
    heads: int
    layers: int

    @property
    def predicted(self) -> int:
        """How many books it fills in."""
        return self.books - self.given

    @property
    def masked(self) -> int:
        """The token that means "to be filled in"."""
        return self.tokens


class Predictor:
    """A network with its weights.

    Args:
        checkpoint: of one of the two networks.
        codebooks: the codec's, one ``(tokens, numbers)`` for each book, at least as many as the network has.
        device: a torch device name.

    Raises:
        ModelFormatError: something is missing, or does not fit.
    """

    def __init__(self, checkpoint: Checkpoint, codebooks: Sequence[torch.Tensor], device: str) -> None:
        self.layout = layout = _layout(checkpoint)
        if len(codebooks) < layout.books:
            raise ModelFormatError(f"{checkpoint.name} has {layout.books} codebooks, and the codec {len(codebooks)}.")
        self._device = torch.device(device)
        width, size = layout.width, codebooks[0].shape[1]
        unknown = checkpoint.take("embedding.special.MASK", layout.books, size)
        tables = [torch.cat([book, row[None]]) for book, row in zip(codebooks, unknown)]
        if any(table.shape != (layout.tokens + 1, size) for table in tables):
            raise ModelFormatError(f"{checkpoint.name} has {layout.tokens} tokens, and the codec other ones.")
        inward = checkpoint.take("embedding.out_proj.weight", width, layout.books * size, 1)[:, :, 0]
        outward = checkpoint.take("classifier.layers.0.weight", layout.tokens * layout.predicted, width, 1)[:, :, 0]
        self._tables = torch.stack(tables).to(self._device)
        self._inward = (inward.to(self._device), checkpoint.take("embedding.out_proj.bias", width).to(self._device))
        self._outward = (outward.to(self._device), checkpoint.take("classifier.layers.0.bias", -1).to(self._device))
        self._distances = checkpoint.take(
            "transformer.layers.0.self_attn.relative_attention_bias.weight", -1, layout.heads
        ).to(self._device)
        self._layers = [self._layer(checkpoint, f"transformer.layers.{number}") for number in range(layout.layers)]
        self._last = checkpoint.take("transformer.norm.weight", width).to(self._device)

    def logits(self, tokens: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        """Return how likely each value of each token is.

        Args:
            tokens: ``(books, steps)``, :attr:`Layout.masked` where to be filled in.
            still: called before each layer; what it raises ends the work.

        Returns:
            Logits ``(steps, predicted books, tokens)``, 32-bit floats.
        """
        layout = self.layout
        books = torch.arange(layout.books, device=self._device)[:, None]
        codes = self._tables[books, tokens.to(self._device)]  # (books, steps, numbers)
        # What the layers add up stays in 32 bits, whatever they compute in.
        x = functional.linear(codes.transpose(0, 1).flatten(1), *self._inward).float()
        bias = self._bias(len(x))
        for layer in self._layers:
            still()
            x = x + self._attended(_normed(x, layer["norm_1"]), layer, bias)
            gate, open_by = functional.linear(_normed(x, layer["norm_3"]), layer["w_1"]).chunk(2, dim=-1)
            x = x + functional.linear(gate * functional.gelu(open_by, approximate="tanh"), layer["w_2"])
        found = functional.linear(_normed(x, self._last), *self._outward)
        return found.float().view(len(x), layout.tokens, layout.predicted).transpose(1, 2)

    def _layer(self, checkpoint: Checkpoint, at: str) -> dict[str, torch.Tensor]:
        width = self.layout.width
        shapes = {f"self_attn.{name}": (width, width) for name in ("w_qs", "w_ks", "w_vs", "fc")}
        shapes |= {"feed_forward.w_1": (4 * width, width), "feed_forward.w_2": (width, 2 * width)}
        found = {name: checkpoint.take(f"{at}.{name}.weight", *shape) for name, shape in shapes.items()}
        found |= {name: checkpoint.take(f"{at}.{name}.weight", width) for name in ("norm_1", "norm_3")}
        return {name.rpartition(".")[2]: value.to(self._device) for name, value in found.items()}

    def _attended(self, x: torch.Tensor, layer: dict[str, torch.Tensor], bias: torch.Tensor) -> torch.Tensor:
        heads = self.layout.heads
        q, k, v = (
            functional.linear(x, layer[name]).view(len(x), heads, -1).transpose(0, 1)[None]
            for name in ("w_qs", "w_ks", "w_vs")
        )
        found = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias.to(q.dtype))
        return functional.linear(found[0].transpose(0, 1).flatten(1), layer["fc"])

    def _bias(self, steps: int) -> torch.Tensor:
        """Return what the distance adds to each pair's score, ``(1, heads, steps, steps)``."""
        place = torch.arange(steps)
        found = buckets(place[None] - place[:, None], len(self._distances)).to(self._device)
        return self._distances[found].permute(2, 0, 1)[None]


def buckets(distance: torch.Tensor, count: int) -> torch.Tensor:
    """Sort distances into buckets: half for what lies behind, of each half half for one distance each.

    Args:
        distance: whole numbers of any shape; what comes later has positive ones.
        count: of all buckets.

    >>> buckets(torch.tensor([-200, -9, -1, 0, 1, 9, 200]), 32).tolist()
    [15, 8, 1, 0, 17, 24, 31]
    """
    half, exact = count // 2, count // 4
    far = distance.abs()
    # The logarithm of 0 is not used, but taken.
    steps = torch.log(far.float() / exact) / math.log(_FARTHEST / exact) * (half - exact)
    widening = (exact + steps.clamp(0, count).to(torch.long)).clamp_max(half - 1)
    return torch.where(far < exact, far, widening) + half * (distance > 0)


def _normed(x: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + _EPSILON) * weight


def _layout(checkpoint: Checkpoint) -> Layout:
    width, heads = checkpoint.number("embedding_dim", 1280), checkpoint.number("n_heads", 20)
    books, given = checkpoint.number("n_codebooks", 9), checkpoint.number("n_conditioning_codebooks", 0)
    tokens, layers = checkpoint.number("vocab_size", 1024), checkpoint.number("n_layers", 16)
    if not heads or not layers or width % heads or given >= books or not tokens:
        raise ModelFormatError(f"{checkpoint.name} says that its network has sizes that fit no network.")
    if checkpoint.arguments.get("r_cond_dim") or checkpoint.arguments.get("ctrl_dims"):
        raise ModelFormatError(f"{checkpoint.name} is a VampNet with further inputs, which are not known here.")
    return Layout(books, given, tokens, width, heads, layers)
