"""MusicGen's networks on a device: words to what they mean, tokens to what follows, sound to tokens and back."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from app.audacitorch.inference.precision import FLOAT32, computing, numbers_for, unsupported, wanted_precision
from app.errors import ModelFormatError
from endpoints.musicgen.building import build_bridge, build_codec, build_music, build_words
from endpoints.musicgen.checkpoint import music_state, read_state
from endpoints.musicgen.chroma import LENGTH, NOTES

Tick = Callable[[], None]

_UNFIT = "The weights of MusicGen are not what they must be: install them again."


@dataclass(frozen=True)
class Music:
    """The network that draws tokens.

    Attributes:
        network: itself.
        words: brings words to its width.
        melody: brings notes to its width; ``None`` where it follows no melody.
        memory: what the library's version calls that which was computed before.
    """

    network: Any
    words: torch.nn.Linear
    melody: torch.nn.Linear | None
    memory: str


class Network:
    """The networks on one device.

    Args:
        codec: the codec's file.
        words: the folder with T5.
        device: a torch device name.

    Attributes:
        channels: of what is made: 1, or 2 where the network that is held makes stereo.
        books: tokens in each step of time, of both channels.
        blank: the token that stands where there is none.
        hop: samples in a step, at 32 kHz.
        tick: called between layers; what it raises ends the call.

    Raises:
        ModelFormatError: a file is not what it must be.
    """

    def __init__(self, codec: Path, words: Path, device: str) -> None:
        self.tick: Tick = _nothing
        self._device = torch.device(device)
        self._held: tuple[Path, Music] | None = None
        try:
            self._codec = build_codec(read_state(codec))
            self._reader, self._t5 = build_words(words)
        except ModelFormatError:
            raise
        except Exception as error:  # the library raises what its parts raise
            raise ModelFormatError(_UNFIT) from error
        self.channels, self.books = 1, len(self._codec.quantizer.layers)
        self.hop, self.blank = int(self._codec.config.hop_length), int(self._codec.config.codebook_size)
        for part in (self._codec, self._t5):
            part.to(self._device).eval()
        self._watch(*self._t5.encoder.block, *self._codec.encoder.layers, *self._codec.decoder.layers)

    def open(self, path: Path) -> None:
        """Hold the network of a file, in place of the one before.

        Raises:
            ModelFormatError: it is not what it must be.
        """
        if self._held and self._held[0] == path:
            return
        self._held = None
        kind = numbers_for(self._device)
        try:
            state = music_state(read_state(path))
            network, words = build_music(state, kind), build_bridge(state.words)
            melody = build_bridge(state.melody) if state.melody else None
        except ModelFormatError:
            raise
        except Exception as error:  # as above
            raise ModelFormatError(_UNFIT) from error
        books, each = int(network.config.num_codebooks), len(self._codec.quantizer.layers)
        fits = books in (each, 2 * each) and network.config.vocab_size == self.blank
        fits = fits and words.in_features == self._t5.config.d_model
        if not fits or (melody is not None and melody.in_features != NOTES):
            raise ModelFormatError("The network, the codec and T5 do not fit together: install them again.")
        for part in (network, words, melody):
            if part is not None:
                part.to(self._device, kind).eval()
        self._watch(*network.model.decoder.layers)
        known = inspect.signature(network.forward).parameters
        music = Music(network, words, melody, "cache" if "cache" in known else "past_key_values")
        self.books, self.channels = books, books // each
        self._held = (path, music)

    @torch.inference_mode()
    def meaning(self, text: str) -> torch.Tensor | None:
        """Return what words say to T5, ``(1, words, width)``; ``None`` where there are none."""
        if not text:
            return None
        tokens = torch.tensor([self._reader.encode(text).ids], device=self._device)
        with computing(FLOAT32, self._device):
            found: torch.Tensor = self._t5(input_ids=tokens).last_hidden_state
        return found

    @torch.inference_mode()
    def hints(self, meaning: torch.Tensor | None, melody: torch.Tensor | None, guidance: float) -> torch.Tensor:
        """Return what the network is told, ``(rows, n, width)``: a second row, that says nothing, where it is guided.

        Args:
            meaning: see :meth:`meaning`.
            melody: notes ``(LENGTH, 12)`` for a network that follows them, or ``None``.
            guidance: see :class:`endpoints.musicgen.drawing.Drawing`.
        """
        music = self._music
        kind = music.words.weight.dtype
        with self._computing():
            # Keys and values of zeros add nothing, as many as there are: so the authors leave words out.
            width = music.words.out_features
            told = torch.zeros(1, 1, width, device=self._device, dtype=kind)
            told = told if meaning is None else music.words(meaning.to(kind)).to(kind)
            guided = guidance > 1 and not (meaning is None and melody is None)
            rows = torch.cat([told, torch.zeros_like(told)]) if guided else told
            if music.melody is None:
                return rows
            silent = torch.zeros(LENGTH, NOTES)
            silent[:, 0] = 1
            notes = [silent if melody is None else melody, *([silent] if guided else [])]
            tunes = music.melody(torch.stack(notes).to(self._device, kind)).to(kind)
            return torch.cat([tunes, rows], dim=1)

    @torch.inference_mode()
    def following(
        self, tokens: torch.Tensor, hints: torch.Tensor, guidance: float, memory: Any = None
    ) -> tuple[torch.Tensor, Any]:
        """Return the scores of what follows, ``(books, tokens)`` on the processor.

        Args:
            tokens: ``(books, steps)``, those behind whatever the memory holds.
            hints: see :meth:`hints`.
            guidance: see there.
            memory: what an earlier call gave, which is changed; ``None``: nothing came before.

        Returns:
            The scores, and the memory for the next call.
        """
        from transformers.cache_utils import DynamicCache, EncoderDecoderCache

        music = self._music
        # Where hints stand in front of the tokens, the memory holds them.
        told = hints if memory is None or music.melody is None else None
        memory = EncoderDecoderCache(DynamicCache(), DynamicCache()) if memory is None else memory
        rows = tokens.to(self._device).repeat(len(hints), 1)
        with self._computing():
            found = music.network(input_ids=rows, encoder_hidden_states=told, use_cache=True, **{music.memory: memory})
        scores: torch.Tensor = found.logits[:, -1].float().cpu()
        if len(hints) > 1:
            led, free = scores.chunk(2)
            scores = free + guidance * (led - free)
        return scores, memory

    @torch.inference_mode()
    def tokens(self, sound: torch.Tensor) -> torch.Tensor:
        """Return the tokens ``(books, steps)`` of ``sound (channels, samples)`` at 32 kHz, of whole steps.

        The books of two channels take turns: left, right, left, right.
        """
        with computing(FLOAT32, self._device):
            found = [self._codec.encode(one[None, None].to(self._device)).audio_codes[0, 0].cpu() for one in sound]
        return torch.stack(found, dim=1).flatten(0, 1)

    @torch.inference_mode()
    def sound(self, tokens: torch.Tensor) -> torch.Tensor:
        """Return the sound ``(channels, samples)`` at 32 kHz of ``tokens (books, steps)``."""
        made = []
        with computing(FLOAT32, self._device):
            for channel in range(self.channels):
                own = tokens[channel :: self.channels][None, None].to(self._device)
                made.append(self._codec.decode(own, [None]).audio_values[0, 0])
        return torch.stack(made)[:, : tokens.shape[1] * self.hop].float().cpu()

    @property
    def _music(self) -> Music:
        assert self._held is not None, "open() comes first"
        return self._held[1]

    def _computing(self) -> Any:
        wanted = FLOAT32 if self._device.type == "cuda" else wanted_precision()
        return computing(FLOAT32 if unsupported(wanted, self._device) else wanted, self._device)

    def _watch(self, *layers: Any) -> None:
        for layer in layers:
            layer.register_forward_pre_hook(lambda *_: self.tick())


def _nothing() -> None:
    """Tell nobody."""
