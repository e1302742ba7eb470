import pytest

from app.audio.formats import AudioFormat, output_format, suffix


@pytest.mark.parametrize(
    ("container", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "DOUBLE"),
        ("RF64", "PCM_24"),
        ("AIFF", "PCM_32"),
        ("FLAC", "PCM_24"),
        ("WAVEX", "FLOAT"),
    ],
)
def test_a_lossless_format_comes_back_as_it_is(container: str, subtype: str) -> None:
    fmt = AudioFormat(48000, 2, 1000, container, subtype, "LITTLE")
    assert fmt.lossless
    assert output_format(fmt) == fmt


@pytest.mark.parametrize(
    ("container", "subtype"), [("MP3", "MPEG_LAYER_III"), ("OGG", "VORBIS"), ("WAV", "ULAW"), ("WAV", "MS_ADPCM")]
)
def test_a_lossy_format_comes_back_as_24_bit_wav(container: str, subtype: str) -> None:
    result = output_format(AudioFormat(44100, 1, 1000, container, subtype))
    assert result == AudioFormat(44100, 1, 1000, "WAV", "PCM_24")
    assert suffix(result) == ".wav"


def test_a_wav_over_4_gb_becomes_rf64() -> None:
    most = (0xFFFFFFFF - (16 << 20)) // 6
    assert output_format(AudioFormat(44100, 2, most, "WAV", "PCM_24")).container == "WAV"
    assert output_format(AudioFormat(44100, 2, most + 1, "WAV", "PCM_24")).container == "RF64"
    assert output_format(AudioFormat(44100, 2, most + 1, "MP3", "MPEG_LAYER_III")).container == "RF64"
    assert output_format(AudioFormat(44100, 2, most + 1, "FLAC", "PCM_24")).container == "FLAC"


def test_suffixes() -> None:
    names = {"WAV": ".wav", "RF64": ".wav", "AIFF": ".aiff", "FLAC": ".flac"}
    for container, ending in names.items():
        assert suffix(AudioFormat(44100, 1, 1, container, "PCM_16")) == ending


def test_another_ending_of_the_same_container_stays() -> None:
    aiff, wav = AudioFormat(44100, 1, 1, "AIFF", "PCM_16"), AudioFormat(44100, 1, 1, "WAV", "PCM_24")
    assert (suffix(aiff, "Take.AIF"), suffix(aiff, "take.wav"), suffix(wav, "take.aif")) == (".AIF", ".aiff", ".wav")
    assert suffix(wav, "song.mp3") == suffix(wav, "song") == ".wav"
