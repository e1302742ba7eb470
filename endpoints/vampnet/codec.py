"""The codec that writes sound as tokens and back: each step of time is a few numbers from codebooks.

Built as R. Kumar, P. Seetharaman, A. Luebs, I. Kumar, K. Kumar: High-Fidelity Audio Compression with Improved RVQGAN,
NeurIPS 2023, with the decoder of J. Kong, J. Kim, J. Bae: HiFi-GAN, NeurIPS 2020. Long sound goes through in windows
with as much around them as the networks hear, so that nothing but the memory changes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional

from app.errors import ModelFormatError
from endpoints.vampnet.checkpoint import Checkpoint

_WINDOW = 256
"""Steps that go through at once."""
_WIDENING = (1, 3, 9)
_KERNELS, _SPREADS = (3, 7, 11), (1, 3, 5)
"""Of the encoder's layers; of the decoder's."""
_SMALL = 1e-9


@dataclass(frozen=True)
class Sizes:
    """What a codec is made of.

    Attributes:
        rate: Hz.
        hop: samples of a step.
        books: codebooks, and so tokens of a step.
        down, up: by how much the encoder's blocks shorten, and the decoder's lengthen.
    """

    rate: int
    hop: int
    books: int
    down: tuple[int, ...]
    up: tuple[int, ...]

    @property
    def heard(self) -> int:
        """Steps on each side that a step's tokens, or its sound, depend on at most."""
        inward, done = 3.0 / self.hop, 1
        for stride in self.down:
            inward += (3 * sum(_WIDENING) + 2 * stride) * done / self.hop
            done *= stride
        outward, left = 3.0, self.hop
        for stride in self.up:
            left //= stride
            # Both convolutions of a layer, the first one spread.
            outward += 2 * stride * left / self.hop
            outward += (_KERNELS[-1] // 2) * (sum(_SPREADS) + len(_SPREADS)) * left / self.hop
        return int(max(inward + 3.0, outward + 3.0 / self.hop)) + 2


class Codec:
    """Sound to tokens, and back.

    Args:
        checkpoint: the codec's.
        device: a torch device name.

    Raises:
        ModelFormatError: something is missing, or does not fit.
    """

    def __init__(self, checkpoint: Checkpoint, device: str) -> None:
        self.sizes = _sizes(checkpoint)
        self._device = torch.device(device)
        self._tensors = {name: value.to(self._device) for name, value in checkpoint.tensors.items()}
        self._name = checkpoint.name
        books = range(self.sizes.books)
        self.codebooks = [checkpoint.take(f"quantizer.quantizers.{book}.codebook.weight", -1, -1) for book in books]

    def steps(self, samples: int) -> int:
        """Return how many steps cover so many samples."""
        return -(-samples // self.sizes.hop)

    def tokens(self, sound: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        """Return the tokens ``(books, steps)`` of a mono sound ``(samples,)``; ``still``: called before each layer."""
        hop, steps, around = self.sizes.hop, self.steps(len(sound)), self.sizes.heard
        # Strides that are odd lose a step at the end.
        spare = hop if any(stride % 2 for stride in self.sizes.down) else 0
        found = []
        for start in range(0, steps, _WINDOW):
            end = min(start + _WINDOW, steps)
            first, last = max(0, start - around), min(end + around, steps)
            part = sound[first * hop : last * hop]
            part = functional.pad(part, (0, (last - first) * hop - len(part) + spare))
            heard = self._encoded(part.to(self._device)[None, None], still)
            found.append(self._nearest(heard)[:, start - first : end - first].cpu())
        return torch.cat(found, dim=1)

    def sound(self, tokens: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        """Return the mono sound ``(steps * hop,)`` of tokens ``(books, steps)``; ``still``: as in :meth:`tokens`."""
        hop, steps, around = self.sizes.hop, tokens.shape[1], self.sizes.heard
        found = []
        for start in range(0, steps, _WINDOW):
            end = min(start + _WINDOW, steps)
            first, last = max(0, start - around), min(end + around, steps)
            made = self._decoded(self._summed(tokens[:, first:last].to(self._device)), still)[0, 0].cpu()
            part = made[(start - first) * hop : (end - first) * hop]
            found.append(functional.pad(part, (0, (end - start) * hop - len(part))))
        return torch.cat(found)

    def _nearest(self, heard: torch.Tensor) -> torch.Tensor:
        """Return the tokens ``(books, steps)`` of what was encoded ``(1, width, steps)``, book after book."""
        found, left = [], heard
        for book in range(self.sizes.books):
            at = f"quantizer.quantizers.{book}"
            short = functional.normalize(self._mixed(left, f"{at}.in_proj")[0].t())
            codes = functional.normalize(self._tensors[f"{at}.codebook.weight"])
            token = (short @ codes.t()).argmax(1)
            left = left - self._written(token, at)
            found.append(token)
        return torch.stack(found)

    def _summed(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return what tokens ``(books, steps)`` stand for, ``(1, width, steps)``."""
        parts = [self._written(row, f"quantizer.quantizers.{book}") for book, row in enumerate(tokens)]
        return torch.stack(parts).sum(0)

    def _written(self, token: torch.Tensor, at: str) -> torch.Tensor:
        code = functional.embedding(token, self._tensors[f"{at}.codebook.weight"]).t()[None]
        return self._mixed(code, f"{at}.out_proj")

    def _encoded(self, x: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        x = self._convolved(x, "encoder.block.0", 3)
        for number, stride in enumerate(self.sizes.down, 1):
            at = f"encoder.block.{number}.block"
            for layer, spread in enumerate(_WIDENING):
                still()
                inner = f"{at}.{layer}.block"
                y = self._convolved(self._bent(x, f"{inner}.0"), f"{inner}.1", 3 * spread, spread=spread)
                x = x + self._convolved(self._bent(y, f"{inner}.2"), f"{inner}.3")
            x = self._convolved(self._bent(x, f"{at}.3"), f"{at}.4", stride // 2, stride)
        last = len(self.sizes.down) + 1
        return self._convolved(self._bent(x, f"encoder.block.{last}"), f"encoder.block.{last + 1}", 1)

    def _decoded(self, x: torch.Tensor, still: Callable[[], None]) -> torch.Tensor:
        x = self._convolved(x, "decoder.model.0", 3)
        for number, stride in enumerate(self.sizes.up, 1):
            at = f"decoder.model.{number}.block"
            weight, bias = self._weights(f"{at}.1")
            x = functional.conv_transpose1d(self._bent(x, f"{at}.0"), weight, bias, stride, stride // 2)
            parts = [
                self._branch(x, f"{at}.2.mrf_blocks.{branch}.block", kernel, still)
                for branch, kernel in enumerate(_KERNELS)
            ]
            x = torch.stack(parts).mean(0)
        last = len(self.sizes.up) + 1
        return self._convolved(self._bent(x, f"decoder.model.{last}"), f"decoder.model.{last + 1}", 3).tanh()

    def _branch(self, x: torch.Tensor, at: str, kernel: int, still: Callable[[], None]) -> torch.Tensor:
        for number, spread in enumerate(_SPREADS):
            still()
            inner, half = f"{at}.{number}.layer", kernel // 2
            y = self._convolved(self._bent(x, f"{inner}.0"), f"{inner}.1", half * spread, spread=spread)
            x = x + self._convolved(self._bent(y, f"{inner}.2"), f"{inner}.3", half)
        return x

    def _weights(self, at: str) -> tuple[torch.Tensor, torch.Tensor]:
        try:
            return self._tensors[f"{at}.weight"], self._tensors[f"{at}.bias"]
        except KeyError as error:
            raise ModelFormatError(f"{self._name} lacks {error.args[0]}, which the codec's weights have.") from None

    def _convolved(self, x: torch.Tensor, at: str, around: int = 0, stride: int = 1, spread: int = 1) -> torch.Tensor:
        return functional.conv1d(x, *self._weights(at), stride, around, spread)

    def _mixed(self, x: torch.Tensor, at: str) -> torch.Tensor:
        return functional.conv1d(x, *self._weights(at))

    def _bent(self, x: torch.Tensor, at: str) -> torch.Tensor:
        """Return Snake of it (L. Ziyin, T. Hartwig, M. Ueda: Neural networks fail to learn periodic functions)."""
        alpha = self._tensors.get(f"{at}.alpha")
        if alpha is None:
            raise ModelFormatError(f"{self._name} lacks {at}.alpha, which the codec's weights have.")
        return x + torch.sin(alpha * x).square() / (alpha + _SMALL)


def _sizes(checkpoint: Checkpoint) -> Sizes:
    down, up = checkpoint.numbers("encoder_rates"), checkpoint.numbers("decoder_rates")
    hop, length = 1, 1
    for stride in up:
        hop *= stride
    for stride in down:
        length *= stride
    rate, books = checkpoint.number("sample_rate", 44100), checkpoint.number("n_codebooks", 9)
    if hop != length or not 8000 <= rate <= 192_000 or not books:
        raise ModelFormatError(f"{checkpoint.name} says that its codec has sizes that fit no codec.")
    return Sizes(rate, hop, books, down, up)
