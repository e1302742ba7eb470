"""Whisper as a network: sound to features, features to the probabilities of the next token, and its attention."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from app.audacitorch.inference.precision import numbers_for
from app.errors import ModelFormatError
from endpoints.transcribe.vocabulary import Vocabulary

RATE = 16000
"""Hz: what the network hears."""

WINDOW = 30 * RATE
"""Samples that it hears at once."""

_STEP = 320
"""Samples to a step of what the encoder gives."""

Tick = Callable[[], None]


class Network:
    """One size of Whisper, by the library ``transformers``.

    Args:
        folder: where its files are.
        device: a torch device name.

    Attributes:
        vocabulary: its tokens.
        longest: tokens that a text may have, the first ones included.
        tick: called between the network's layers; what it raises ends the call.

    Raises:
        ModelFormatError: the files are not what they must be.
    """

    def __init__(self, folder: Path, device: str) -> None:
        from transformers import WhisperFeatureExtractor, WhisperForConditionalGeneration
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()
        self.tick: Tick = _nothing
        self.vocabulary = Vocabulary(folder)
        try:
            # “eager”, since no other way tells what was attended to.
            model = WhisperForConditionalGeneration.from_pretrained(
                folder, local_files_only=True, use_safetensors=True, attn_implementation="eager", dtype=torch.float32
            )
        except Exception as error:  # the library raises what its parts raise
            raise ModelFormatError("The weights of Whisper cannot be opened: install them again.") from error
        config = model.config
        heads = self.vocabulary.heads
        if not heads or any(
            not (0 <= layer < config.decoder_layers and 0 <= head < config.decoder_attention_heads)
            for layer, head in heads
        ):
            raise ModelFormatError("The weights of Whisper and the heads that follow the sound do not match.")
        if config.vocab_size <= self.vocabulary.first_time or config.max_source_positions * _STEP != WINDOW:
            raise ModelFormatError("The weights of Whisper and its tokens do not match.")
        self._device = torch.device(device)
        self._type = numbers_for(self._device)
        self._model = model.to(self._device, self._type).eval()
        self._features = WhisperFeatureExtractor(feature_size=config.num_mel_bins)
        self.longest = int(config.max_target_positions)
        # The word for what was already computed differs between the library's versions.
        names = inspect.signature(self._model.forward).parameters
        self._memory = "cache" if "cache" in names else "past_key_values"
        for layer in (*self._model.model.encoder.layers, *self._model.model.decoder.layers):
            layer.register_forward_pre_hook(lambda *_: self.tick())

    @torch.inference_mode()
    def encode(self, sound: NDArray[np.floating[Any]]) -> torch.Tensor:
        """Return what the encoder hears in mono sound at :data:`RATE`, ``(samples,)``, of at most :data:`WINDOW`.

        Silence follows it. Shape ``(1, 1500, width)``.
        """
        found = self._features(sound.astype(np.float32), sampling_rate=RATE, return_tensors="pt").input_features
        heard: torch.Tensor = self._model.model.encoder(found.to(self._device, self._type)).last_hidden_state
        return heard

    @torch.inference_mode()
    def following(self, heard: torch.Tensor, tokens: Sequence[int], memory: Any = None) -> tuple[torch.Tensor, Any]:
        """Return the scores, ``(new tokens, vocabulary)`` on the processor, of what follows each of new tokens.

        Args:
            heard: what :meth:`encode` gave.
            tokens: those behind whatever the memory holds.
            memory: what an earlier call gave, which is changed; ``None``: nothing came before.

        Returns:
            The scores, and the memory for the next call.
        """
        from transformers.cache_utils import DynamicCache, EncoderDecoderCache

        memory = EncoderDecoderCache(DynamicCache(), DynamicCache()) if memory is None else memory
        found = self._model(
            encoder_outputs=(heard,),
            decoder_input_ids=torch.tensor([list(tokens)], device=self._device),
            use_cache=True,
            **{self._memory: memory},
        )
        return found.logits[0].float().cpu(), memory

    @torch.inference_mode()
    def attention(self, heard: torch.Tensor, tokens: Sequence[int], samples: int) -> torch.Tensor:
        """Return how much each token attends to each 20 ms of the sound, by the heads that follow it.

        Shape ``(heads, tokens, steps)``, on the processor; of the sound's own steps, at least one. No other head's is
        kept, so that memory does not grow with the network's layers.
        """
        steps = max(1, -(-samples // _STEP))
        kept: dict[tuple[int, int], torch.Tensor] = {}

        def keep(layer: int, found: torch.Tensor) -> None:
            for one, head in self.vocabulary.heads:
                if one == layer:
                    kept[one, head] = found[0, head, :, :steps].float().cpu()

        decoder = self._model.model.decoder
        hooks = [
            layer.encoder_attn.register_forward_hook(lambda _, __, found, number=number: keep(number, found[1]))
            for number, layer in enumerate(decoder.layers)
        ]
        try:
            at = torch.tensor([list(tokens)], device=self._device)
            decoder(input_ids=at, encoder_hidden_states=heard, use_cache=False)
        finally:
            for hook in hooks:
                hook.remove()
        return torch.stack([kept[one] for one in self.vocabulary.heads])


def _nothing() -> None:
    """Tell nobody."""
