"""Which of pedalboard's effects there are, and their knobs: it states no ranges, so that these are ours.

Names and defaults are the library's, which a test compares; ranges lie within what it takes. Left out: ``Convolution``
(asks for a file), ``Resample``, ``GSMFullRateCompressor``, ``MP3Compressor``, ``PitchShift`` and ``BrickwallLimiter``
(fed block by block, 0.9.26 returns fewer samples than came, by a number that depends on the blocks), ``VST3Plugin`` (a
host; see :mod:`endpoints.effects.vst3`), and the classes that only hold others.
"""

from __future__ import annotations

from dataclasses import dataclass

from endpoints.effects.parameter import Parameter, Scale

PREFIX = "pedalboard:"

LINEAR, RATIOS = Scale.LINEAR, Scale.LOGARITHMIC


@dataclass(frozen=True)
class BuiltIn:
    """One of pedalboard's effects.

    Attributes:
        kind: the name of its class.
        title: what the user reads.
        parameters: its knobs, by the names of the class's attributes.
        channels: that it hears at once: two where what it does to one depends on the other.
    """

    kind: str
    title: str
    parameters: tuple[Parameter, ...] = ()
    channels: int = 1

    @property
    def uri(self) -> str:
        """By what it is named."""
        return PREFIX + self.kind


def _part(name: str, label: str, default: float, low: float = 0.0) -> Parameter:
    """Return a knob that counts in parts of 1."""
    return Parameter(name, label, low, 1.0 if not low else -low, default)


def _threshold(default: float, lowest: float = -60.0) -> Parameter:
    return Parameter("threshold_db", "Threshold", lowest, 0.0, default, "dB")


def _cutoff(default: float, name: str = "cutoff_frequency_hz") -> Parameter:
    return Parameter(name, "Cutoff", 10.0, 20000.0, default, "Hz", RATIOS)


def _bell(title: str, kind: str) -> BuiltIn:
    gain = Parameter("gain_db", "Gain", -30.0, 30.0, 0.0, "dB")
    return BuiltIn(kind, title, (_cutoff(440.0), gain, Parameter("q", "Q", 0.1, 10.0, 0.70710677, "", RATIOS)))


_ATTACK = Parameter("attack_ms", "Attack", 0.1, 500.0, 1.0, "ms", RATIOS)
_RELEASE = Parameter("release_ms", "Release", 1.0, 3000.0, 100.0, "ms", RATIOS)
_RATE = Parameter("rate_hz", "Rate", 0.01, 20.0, 1.0, "Hz", RATIOS)
_FEEDBACK = _part("feedback", "Feedback", 0.0, -0.95)
_MIX = _part("mix", "Mix", 0.5)

MODES = ("LPF12", "HPF12", "BPF12", "LPF24", "HPF24", "BPF24")
"""Of the ladder filter, by pedalboard's names, in the order of our numbers for them."""

_MODE_NAMES = tuple(f"{kind} pass, {slope} dB per octave" for slope in (12, 24) for kind in ("Low", "High", "Band"))

_ALL = (
    BuiltIn("Bitcrush", "Bitcrush", (Parameter("bit_depth", "Bit Depth", 1.0, 32.0, 8.0, "bits"),)),
    BuiltIn(
        "Chorus",
        "Chorus",
        (
            _RATE,
            _part("depth", "Depth", 0.25),
            Parameter("centre_delay_ms", "Centre Delay", 1.0, 100.0, 7.0, "ms", RATIOS),
            _FEEDBACK,
            _MIX,
        ),
    ),
    BuiltIn("Clipping", "Clipping", (_threshold(-6.0),)),
    BuiltIn(
        "Compressor",
        "Compressor",
        (_threshold(0.0), Parameter("ratio", "Ratio", 1.0, 50.0, 1.0, "", RATIOS), _ATTACK, _RELEASE),
    ),
    BuiltIn(
        "Delay",
        "Delay",
        (
            Parameter("delay_seconds", "Delay", 0.001, 5.0, 0.5, "s", RATIOS),
            Parameter("feedback", "Feedback", 0.0, 0.95, 0.0),
            _MIX,
        ),
    ),
    BuiltIn("Distortion", "Distortion", (Parameter("drive_db", "Drive", 0.0, 60.0, 25.0, "dB"),)),
    BuiltIn("Gain", "Gain", (Parameter("gain_db", "Gain", -60.0, 30.0, 1.0, "dB"),)),
    BuiltIn("HighpassFilter", "High-pass Filter", (_cutoff(50.0),)),
    _bell("High Shelf", "HighShelfFilter"),
    BuiltIn("Invert", "Invert"),
    BuiltIn(
        "LadderFilter",
        "Ladder Filter",
        (
            Parameter(
                "mode",
                "Mode",
                0.0,
                5.0,
                0.0,
                "",
                Scale.CHOICE,
                tuple((float(number), text) for number, text in enumerate(_MODE_NAMES)),
            ),
            _cutoff(200.0, "cutoff_hz"),
            _part("resonance", "Resonance", 0.0),
            Parameter("drive", "Drive", 1.0, 20.0, 1.0, "", RATIOS),
        ),
    ),
    BuiltIn("Limiter", "Limiter", (_threshold(-10.0), _RELEASE)),
    BuiltIn("LowpassFilter", "Low-pass Filter", (_cutoff(50.0),)),
    _bell("Low Shelf", "LowShelfFilter"),
    BuiltIn(
        "NoiseGate",
        "Noise Gate",
        (_threshold(-100.0, -100.0), Parameter("ratio", "Ratio", 1.0, 50.0, 10.0, "", RATIOS), _ATTACK, _RELEASE),
    ),
    _bell("Peak Filter", "PeakFilter"),
    BuiltIn(
        "Phaser",
        "Phaser",
        (
            _RATE,
            _part("depth", "Depth", 0.5),
            Parameter("centre_frequency_hz", "Centre Frequency", 50.0, 10000.0, 1300.0, "Hz", RATIOS),
            _FEEDBACK,
            _MIX,
        ),
    ),
    BuiltIn(
        "Reverb",
        "Reverb",
        (
            _part("room_size", "Room Size", 0.5),
            _part("damping", "Damping", 0.5),
            _part("wet_level", "Wet Level", 0.33),
            _part("dry_level", "Dry Level", 0.4),
            _part("width", "Width", 1.0),
        ),
        channels=2,
    ),
)

BUILT_IN = {effect.uri: effect for effect in _ALL}
"""By their URIs."""
