"""Which effects the set has, by their names."""

from __future__ import annotations

from endpoints.effects.torch_set.compressor import Compressor
from endpoints.effects.torch_set.effect import TorchEffect
from endpoints.effects.torch_set.gate import Gate
from endpoints.effects.torch_set.graphic_equaliser import GraphicEqualiser
from endpoints.effects.torch_set.limiter import Limiter
from endpoints.effects.torch_set.multiband_compressor import MultibandCompressor
from endpoints.effects.torch_set.parametric_equaliser import ParametricEqualiser
from endpoints.effects.torch_set.saturation import Saturation

EFFECTS: dict[str, type[TorchEffect]] = {
    effect.uri: effect
    for effect in (
        ParametricEqualiser,
        GraphicEqualiser,
        Compressor,
        MultibandCompressor,
        Gate,
        Limiter,
        Saturation,
    )
}
