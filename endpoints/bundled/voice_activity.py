"""Voice activity: where somebody speaks, and where nobody does; by silero-vad's network, or without a network."""

import torch  # no postponed annotations in this file: TorchScript reads those of the attributes
from torch import nn

from app.audacitorch import WaveformToLabelsBase
from endpoints.bundled import BundledModel
from endpoints.bundled.labeler_examples import speech
from endpoints.bundled.network_weights import SILERO_VAD, WEIGHTS
from endpoints.bundled.segments import led_by, run_means
from endpoints.bundled.silero_network import HOP, REACH, STEP, SileroNetwork, silero_network
from endpoints.bundled.speech_stretches import speech_stretches, with_margins
from endpoints.bundled.voice_activity_classical import ClassicalVoiceActivity

SAMPLE_RATE = 16000
LABELS = ["speech", "no speech"]
METHODS = ["network", "classical: no network, keeps far-off voices"]
THRESHOLD, SHORTEST_SPEECH, SHORTEST_PAUSE, PADDING = 50.0, 250.0, 100.0, 30.0
"""Percent, and milliseconds: what silero-vad publishes."""


class VoiceActivity(nn.Module):
    """Mono sound at 16 kHz to stretches of speech and of no speech, by either method."""

    def __init__(self, network: SileroNetwork) -> None:
        super().__init__()
        self.rate = float(SAMPLE_RATE)
        self.network = network
        self.classical = ClassicalVoiceActivity()

    def by_network(
        self, mono: torch.Tensor, surely: float, shortest_speech: float, shortest_pause: float, padding: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find speech in `mono`, shape `(samples,)`; the controls as in :class:`VoiceActivityModel`.

        Returns:
            Probabilities, shape `(n, 2)`, and start and end in seconds, shape `(n, 2)`; they tile the sound.
        """
        probabilities = self.network(mono)
        length, hop = float(mono.shape[0]), float(self.network.hop)
        frame = 1000.0 * hop / self.rate
        found = speech_stretches(probabilities, surely / 100.0, shortest_speech / frame, shortest_pause / frame)
        count = found.shape[0]
        spoken = with_margins(found * self.network.hop, padding / 1000.0 * self.rate, length)
        # Every other stretch is one of no speech; what of these is left empty goes.
        bounds = torch.tensor([0.0, length], dtype=torch.float64)
        bounds = torch.cat([bounds[:1], spoken.reshape(-1), bounds[1:]])
        frames = torch.cat([torch.tensor([0]), found.reshape(-1), torch.tensor([probabilities.shape[0]])])
        kinds = torch.ones(2 * count + 1, dtype=torch.long)
        kinds[1::2] = 0
        kept = torch.nonzero(bounds[1:] - bounds[:-1] >= 1.0).flatten()
        kinds = kinds[kept]
        # Padding may fill what is less than a frame: that has no mean of its own.
        first = frames[:-1][kept].clamp(max=probabilities.shape[0] - 1)
        mean = run_means(probabilities.cpu(), first, torch.maximum(frames[1:][kept], first + 1))
        seconds = torch.stack([bounds[:-1][kept], bounds[1:][kept]], 1) / self.rate
        return led_by(torch.stack([mean, 1.0 - mean], 1), kinds), seconds.to(torch.float32)

    def forward(
        self,
        x: torch.Tensor,
        method: str = "network",
        surely: float = THRESHOLD,
        shortest_speech: float = SHORTEST_SPEECH,
        shortest_pause: float = SHORTEST_PAUSE,
        padding: float = PADDING,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find speech in `x`, shape `(channels, samples)`: probabilities `(n, 2)` and seconds `(n, 2)`."""
        if method.startswith("classical"):
            labels, seconds = self.classical(x)
            return labels, seconds
        return self.by_network(x.mean(0), surely, shortest_speech, shortest_pause, padding)


class VoiceActivityModel(WaveformToLabelsBase):
    """The model in the format's clothes."""

    def do_forward_pass(
        self,
        x: torch.Tensor,
        method: str = "network",
        speech_threshold: float = THRESHOLD,
        shortest_speech: float = SHORTEST_SPEECH,
        shortest_pause: float = SHORTEST_PAUSE,
        padding: float = PADDING,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Find speech in `x`, shape `(channels, samples)`: probabilities `(n, 2)` and seconds `(n, 2)`.

        Args:
            x: mono sound at 16 kHz.
            method: one of :data:`METHODS`; the other arguments are the network's.
            speech_threshold: percent; the probability at which speech begins.
            shortest_speech: ms; no longer stretches are no speech.
            shortest_pause: ms; speech goes on over shorter pauses.
            padding: ms that a stretch of speech begins earlier and ends later than what was found.
        """
        labels, seconds = self.model(x, method, speech_threshold, shortest_speech, shortest_pause, padding)
        return labels, seconds


MODEL = BundledModel(
    id="harpist/voice-activity",
    build=lambda: VoiceActivityModel(VoiceActivity(silero_network(SILERO_VAD.read()))),
    metadata={
        "name": "Voice Activity",
        "author": "Harpist",
        "sample_rate": SAMPLE_RATE,
        "domain_tags": ["speech"],
        "short_description": "Marks where somebody speaks and where nobody does.",
        "long_description": (
            "Labels speech and no speech, also in noise; music and machines are no speech. The network of silero-vad "
            "(Silero Team 2024, MIT licence). Far-off voices: take the method “classical” (Sohn, Kim and Sung 1999), "
            "to which music is speech, too."
        ),
        "tags": ["speech", "voice activity", "silence"],
        "labels": LABELS,
        "effect_type": "waveform-to-labels",
        "multichannel": False,
        "grid": STEP * HOP,  # a multiple of the classical method's hop, too
        "context": (REACH + STEP) * HOP,  # the first frame of a chunk has not heard the end of the one before
        "controls": [
            {
                "argument": "method",
                "label": "Method",
                "help": "The network knows voices from music and machines. The classical method uses no network, keeps "
                "voices that are far off, and takes music for speech.",
                "choices": METHODS,
            },
            {
                "argument": "speech_threshold",
                "label": "Speech threshold",
                "help": "In percent, for the network: how sure it must be that speech begins. It ends where the "
                "network is 15 percent less sure. Less finds soft voices, more lets fewer other sounds through.",
                "unit": "percent",
                "minimum": 5,
                "maximum": 95,
                "step": 1,
            },
            {
                "argument": "shortest_speech",
                "label": "Shortest speech",
                "help": "In milliseconds, for the network: speech that is not longer than this is left out.",
                "unit": "milliseconds",
                "minimum": 0,
                "maximum": 2000,
                "step": 10,
            },
            {
                "argument": "shortest_pause",
                "label": "Shortest pause",
                "help": "In milliseconds, for the network: over pauses shorter than this, speech goes on.",
                "unit": "milliseconds",
                "minimum": 0,
                "maximum": 2000,
                "step": 10,
            },
            {
                "argument": "padding",
                "label": "Padding",
                "help": "In milliseconds, for the network: how much earlier each stretch of speech begins, and how "
                "much later it ends, so that no first or last sound is cut off.",
                "unit": "milliseconds",
                "minimum": 0,
                "maximum": 500,
                "step": 10,
            },
        ],
    },
    paper=(
        "Silero Team: Silero VAD: pre-trained enterprise-grade voice activity detector, 2024, "
        "https://github.com/snakers4/silero-vad; J. Sohn, N. S. Kim, W. Sung: A statistical model-based voice activity "
        "detection, IEEE Signal Processing Letters 6(1), 1999"
    ),
    example=speech,
    weights=WEIGHTS["voice_activity"],
)
