"""The network of DeepFilterNet3: features of a noisy spectrum to gains of bands and coefficients of deep filters.

H. Schröter, T. Rosenkranz, A. N. Escalante-B., A. Maier: "DeepFilterNet: Perceptually motivated real-time speech
enhancement", Interspeech 2023. An encoder, a decoder of gains and one of filters; each is convolutional over the bands
and recurrent over the frames. Written after its published graphs, whose weights it takes.
"""

from collections.abc import Mapping  # no postponed annotations in this file: TorchScript reads those of the attributes

import torch
from torch import nn
from torch.nn import functional

BANDS = 32
"""ERB bands."""
FILTERED = 96
"""Bins, from the lowest, that are filtered rather than weighted."""
ORDER = 5
"""Frames that such a filter spans."""
_CHANNELS, _HIDDEN, _EMBEDDED = 64, 256, 512

Weights = Mapping[str, torch.Tensor]


class GroupedLinear(nn.Module):
    """A linear layer without bias whose groups of inputs and outputs do not mix; weight ``(groups, in, out)``."""

    weight: torch.Tensor

    def __init__(self, weight: torch.Tensor) -> None:
        super().__init__()
        self.register_buffer("weight", weight.contiguous())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(frames, groups * in)`` to ``(frames, groups * out)``."""
        groups, inner = self.weight.shape[0], self.weight.shape[1]
        return torch.bmm(x.view(-1, groups, inner).transpose(0, 1), self.weight).transpose(0, 1).flatten(1)


class Recurrent(nn.Module):
    """Gated recurrent layers between linear ones; takes the weights of the layers ``(input, recurrent, bias)``."""

    def __init__(self, first: torch.Tensor, layers: list[tuple[torch.Tensor, torch.Tensor, torch.Tensor]]) -> None:
        super().__init__()
        self.first = GroupedLinear(first)
        self.gru = nn.GRU(_HIDDEN, _HIDDEN, len(layers))
        for number, weights in enumerate(layers):
            own, recurrent, bias = (_reordered(part[0]) for part in weights)
            values = {"weight_ih": own, "weight_hh": recurrent, "bias_ih": bias[0], "bias_hh": bias[1]}
            for name, value in values.items():
                getattr(self.gru, f"{name}_l{number}").data.copy_(value)

    def forward(self, x: torch.Tensor, state: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Map ``(frames, 512)`` and the state ``(layers, 1, 256)`` to ``(frames, 256)`` and the next state."""
        y, state = self.gru(functional.relu(self.first(x)).unsqueeze(1), state)
        return y[:, 0], state


def _reordered(weight: torch.Tensor) -> torch.Tensor:
    """ONNX has a unit's gates as update, reset, hidden, and both biases in a row; torch reset, update, hidden."""
    gates = weight.view(-1, 3, _HIDDEN, *weight.shape[1:])[:, [1, 0, 2]]
    return gates.flatten(1, 2) if weight.dim() == 1 else gates[0].flatten(0, 1)


class Convolution(nn.Module):
    """A convolution over bands, of each channel by itself, then one that mixes the channels; either may be missing."""

    def __init__(
        self, apart: nn.Module, mixing: tuple[torch.Tensor, torch.Tensor] | None, activation: nn.Module
    ) -> None:
        super().__init__()
        self.apart = apart
        self.mix = _convolution(*mixing) if mixing else nn.Identity()
        self.activation = activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map ``(1, channels, frames, bands)`` to the same with other channels and bands."""
        y: torch.Tensor = self.activation(self.mix(self.apart(x)))
        return y


def _convolution(
    weight: torch.Tensor, bias: torch.Tensor | None = None, stride: int = 1, groups: int = 1, padding: int | None = None
) -> nn.Conv2d:
    """Return the convolution of a weight ``(out, in, frames, bands)``: none of the frames are padded."""
    high, wide = weight.shape[2], weight.shape[3]
    padding = wide // 2 if padding is None else padding
    layer = nn.Conv2d(
        weight.shape[1] * groups, weight.shape[0], (high, wide), (1, stride), (0, padding), 1, groups, bias is not None
    )
    layer.weight.data.copy_(weight)
    if bias is not None and layer.bias is not None:
        layer.bias.data.copy_(bias)
    return layer


def _widening(weight: torch.Tensor) -> nn.ConvTranspose2d:
    layer = nn.ConvTranspose2d(_CHANNELS, _CHANNELS, (1, 3), (1, 2), (0, 1), (0, 1), _CHANNELS, bias=False)
    layer.weight.data.copy_(weight)
    return layer


class Encoder(nn.Module):
    """Features to an embedding of each frame, and what the decoders take of the way there."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        relu = nn.ReLU()

        def mixing(number: int) -> tuple[torch.Tensor, torch.Tensor]:
            return w[f"onnx::Conv_{number}"], w[f"onnx::Conv_{number + 1}"]

        def narrowing(name: str, number: int, stride: int) -> Convolution:
            return Convolution(_convolution(w[name], None, stride, _CHANNELS), mixing(number), relu)

        self.band0 = Convolution(_convolution(*mixing(282)), None, relu)
        self.band1 = narrowing("erb_conv1.0.weight", 285, 2)
        self.band2 = narrowing("erb_conv2.0.weight", 288, 2)
        self.band3 = narrowing("erb_conv3.0.weight", 291, 1)
        self.bin0 = Convolution(_convolution(w["df_conv0.1.weight"], None, 1, 2), mixing(294), relu)
        self.bin1 = narrowing("df_conv1.0.weight", 297, 2)
        self.bins = GroupedLinear(w["df_fc_emb.0.weight"])
        layer = (
            w["/emb_gru/Constant_3_output_0"],
            w["/emb_gru/Constant_4_output_0"],
            w["/emb_gru/Constant_5_output_0"],
        )
        self.recurrent = Recurrent(w["emb_gru.linear_in.0.weight"], [layer])
        self.last = GroupedLinear(w["emb_gru.linear_out.0.weight"])

    def forward(
        self, bands: torch.Tensor, bins: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Encode features; the first two frames of them are only what the third looks back on.

        Args:
            bands: shape `(1, 1, 2 + frames, 32)`.
            bins: shape `(1, 2, 2 + frames, 96)`.
            state: shape `(1, 1, 256)`.

        Returns:
            Four layers of the bands, `(1, 64, frames, 32, 16, 8 and 8)`; the embedding, `(frames, 512)`; a layer of the
            bins, `(1, 64, frames, 96)`; the next state.
        """
        e0 = self.band0(bands)
        e1 = self.band1(e0)
        e2 = self.band2(e1)
        e3 = self.band3(e2)
        c0 = self.bin0(bins)
        c1 = self.bin1(c0)
        heard = functional.relu(self.bins(c1[0].permute(1, 2, 0).flatten(1)))
        y, state = self.recurrent(e3[0].permute(1, 2, 0).flatten(1) + heard, state)
        return e0, e1, e2, e3, functional.relu(self.last(y)), c0, state


class GainDecoder(nn.Module):
    """What the encoder found to a gain of each band."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        relu = nn.ReLU()

        def pathway(number: int) -> Convolution:
            weight, bias = w[f"onnx::Conv_{number}"], w[f"onnx::Conv_{number + 1}"]
            return Convolution(_convolution(weight, bias, 1, _CHANNELS), None, relu)

        def mixing(number: int) -> tuple[torch.Tensor, torch.Tensor]:
            return w[f"onnx::Conv_{number}"], w[f"onnx::Conv_{number + 1}"]

        layers = [
            (
                w[f"/emb_gru/Constant_{a}_output_0"],
                w[f"/emb_gru/Constant_{b}_output_0"],
                w[f"/emb_gru/Constant_{c}_output_0"],
            )
            for a, b, c in ((3, 4, 5), (9, 10, 11))
        ]
        self.recurrent = Recurrent(w["emb_gru.linear_in.0.weight"], layers)
        self.last = GroupedLinear(w["emb_gru.linear_out.0.weight"])
        self.path3, self.path2, self.path1, self.path0 = pathway(288), pathway(294), pathway(300), pathway(306)
        self.band3 = Convolution(_convolution(w["convt3.0.weight"], None, 1, _CHANNELS), mixing(291), relu)
        self.band2 = Convolution(_widening(w["convt2.0.weight"]), mixing(297), relu)
        self.band1 = Convolution(_widening(w["convt1.0.weight"]), mixing(303), relu)
        self.band0 = Convolution(_convolution(*mixing(309)), None, nn.Sigmoid())

    def forward(
        self,
        embedded: torch.Tensor,
        e3: torch.Tensor,
        e2: torch.Tensor,
        e1: torch.Tensor,
        e0: torch.Tensor,
        state: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return gains, 0 to 1, shape ``(frames, 32)``, and the next state, both times of shape ``(2, 1, 256)``."""
        y, state = self.recurrent(embedded, state)
        y = functional.relu(self.last(y)).view(y.shape[0], 8, 64).permute(2, 0, 1).unsqueeze(0)
        y = self.band3(self.path3(e3) + y)
        y = self.band2(self.path2(e2) + y)
        y = self.band1(self.path1(e1) + y)
        return self.band0(self.path0(e0) + y)[0, 0], state


class FilterDecoder(nn.Module):
    """What the encoder found to the coefficients of a filter over frames, for each of the lowest bins."""

    def __init__(self, w: Weights) -> None:
        super().__init__()
        self.path = Convolution(
            _convolution(w["df_convp.1.weight"], None, 1, 2, 0), (w["onnx::Conv_268"], w["onnx::Conv_269"]), nn.ReLU()
        )
        layers = [
            (w["onnx::GRU_291"], w["onnx::GRU_292"], w["onnx::GRU_293"]),
            (w["onnx::GRU_311"], w["onnx::GRU_312"], w["onnx::GRU_313"]),
        ]
        self.recurrent = Recurrent(w["df_gru.linear_in.0.weight"], layers)
        self.around = GroupedLinear(w["df_skip.weight"])
        self.last = GroupedLinear(w["df_out.0.weight"])

    def forward(
        self, embedded: torch.Tensor, c0: torch.Tensor, state: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return coefficients, and the next state; the first four frames of ``c0`` are what the fifth looks back on.

        Args:
            embedded: shape `(frames, 512)`.
            c0: shape `(1, 64, 4 + frames, 96)`.
            state: shape `(2, 1, 256)`.

        Returns:
            Shape `(frames, 96, 10)`, real and imaginary part for each of five frames, the oldest first; `(2, 1, 256)`.
        """
        y, state = self.recurrent(embedded, state)
        y = torch.tanh(self.last(y + self.around(embedded)))
        return y.view(-1, 96, 10) + self.path(c0)[0].permute(1, 2, 0), state
