"""What a sound file is made of, and which format comes back for which one sent."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import PurePath

INTEGER_BITS = {"PCM_S8": 8, "PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}
"""Bits of one sample, by integer subtype (libsndfile's names)."""

_FLOAT_BITS = {"FLOAT": 32, "DOUBLE": 64}
_SUFFIXES = {
    "WAV": ".wav",
    "WAVEX": ".wav",
    "RF64": ".wav",
    "W64": ".w64",
    "AIFF": ".aiff",
    "FLAC": ".flac",
    "AU": ".au",
    "CAF": ".caf",
}
_OTHER_SUFFIXES = {".aif": ".aiff", ".wave": ".wav", ".bwf": ".wav", ".rf64": ".wav", ".snd": ".au"}
_EXACT = {name: name for name in ("PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE")}
_EXACT |= {"ALAC_16": "PCM_16", "ALAC_20": "PCM_24", "ALAC_24": "PCM_24", "ALAC_32": "PCM_32"}
"""What a WAV holds every sample of a subtype as."""

_MOST_BYTES = 0xFFFFFFFF - (16 << 20)
"""Bytes of sound that fit into the 32-bit sizes of WAV and AIFF, with room for other chunks."""


@dataclass(frozen=True)
class AudioFormat:
    """How a sound file stores its samples.

    Attributes:
        sample_rate: in Hz.
        channels: how many.
        samples: per channel. In a lossy file it is what the header says, which may be more than there are.
        container: libsndfile's name, such as ``"WAV"``, ``"RF64"``, ``"AIFF"``, ``"FLAC"``, ``"OGG"``, ``"MP3"``.
        subtype: libsndfile's name for the sample's form, such as ``"PCM_24"``.
        endian: ``"FILE"`` (the container's own), ``"LITTLE"`` or ``"BIG"``.
        notice: what is odd about the file, in a sentence for whoever sent it; ``""`` where nothing is.
    """

    sample_rate: int
    channels: int
    samples: int
    container: str
    subtype: str
    endian: str = "FILE"
    notice: str = field(default="", compare=False)

    @property
    def lossless(self) -> bool:
        """Whether the samples can be written again exactly as they were read."""
        return self.container in _SUFFIXES and (self.subtype in INTEGER_BITS or self.subtype in _FLOAT_BITS)

    @property
    def integer(self) -> bool:
        """Whether samples are integers, which cannot hold what is louder than full scale."""
        return self.subtype in INTEGER_BITS

    @property
    def wide(self) -> bool:
        """Whether samples carry more than a 32-bit float holds."""
        return self.subtype in ("PCM_32", "DOUBLE", "ALAC_32")

    @property
    def large(self) -> bool:
        """Whether the samples may be too many bytes for a container with 32-bit sizes."""
        bits = INTEGER_BITS.get(self.subtype) or _FLOAT_BITS.get(self.subtype, 64)
        return self.samples * self.channels * bits // 8 > _MOST_BYTES

    @property
    def seconds(self) -> float:
        """The length, in seconds."""
        return self.samples / self.sample_rate


def output_format(source: AudioFormat) -> AudioFormat:
    """Return the format of what comes back for ``source``: its own where lossless, else WAV.

    A WAV with the bits of ``source`` where its samples are exact, but cannot be written as they were (ALAC, FLAC with
    32 bits), else of 24 bits. A WAV that would outgrow its 32-bit sizes becomes RF64.
    """
    if source.lossless and (source.container, source.subtype) != ("FLAC", "PCM_32"):
        result = source
    else:
        subtype = _EXACT.get(source.subtype, "PCM_24")
        result = replace(source, container="WAV", subtype=subtype, endian="FILE")
    if result.container in ("WAV", "WAVEX") and result.large:
        result = replace(result, container="RF64", endian="FILE")
    return result


def float_format(fmt: AudioFormat) -> AudioFormat:
    """Return the format of 32-bit floats for what is too loud for the integers of ``fmt``, which can be written.

    Its own container where that holds floats, else WAV.

    >>> float_format(AudioFormat(44100, 2, 100, "FLAC", "PCM_24")).container
    'WAV'
    """
    result = replace(fmt, subtype="FLOAT")
    if fmt.container == "FLAC" or (fmt.container == "AIFF" and result.large):
        result = replace(result, container="WAV", endian="FILE")
    elif fmt.container == "AIFF":
        result = replace(result, endian="FILE")  # an AIFF's floats have one order only
    return output_format(result)


def suffix(fmt: AudioFormat, name: str = "") -> str:
    """Return the file name's ending for a format that can be written, such as ``".wav"``.

    That of ``name`` where it means the same container: an ``.aif`` stays an ``.aif``.
    """
    usual = _SUFFIXES[fmt.container]
    given = PurePath(name).suffix
    return given if _OTHER_SUFFIXES.get(given.lower()) == usual else usual
