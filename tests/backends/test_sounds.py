"""Sound that comes back is held against what was sent."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import soundfile

from app.audio.formats import AudioFormat, float_format, suffix
from app.audio.header_format import UNKNOWN
from app.audio.io import output_format, probe
from app.backends import sounds
from app.backends.base import JobRequest
from app.backends.sounds import Promise, check_sound, promise
from app.endpoint import TrackFile
from app.errors import ModelRunError, WorkerError
from app.harp.controls import AudioTrack
from tests.backends.sounds import region, write
from tests.fixtures.specs import endpoint_spec

EFFECT = replace(endpoint_spec("well_behaved", AudioTrack("One", ""), AudioTrack("Two", "")), keeps_length=True)
FORMATS = [
    region(subtype="FLOAT"),
    region(container="WAVEX", channels=6),
    region(container="RF64", subtype="PCM_24"),
    region(container="AIFF", subtype="PCM_S8", channels=1, samples=999),
    region(container="AIFF", subtype="DOUBLE"),
    region(container="FLAC", subtype="PCM_24", sample_rate=96000),
    region(container="W64", subtype="PCM_32"),
    region(container="AU"),
    region(container="CAF", channels=1),
    region(container="WAV", subtype="ULAW", sample_rate=8000),
    region(container="WAV", subtype="MS_ADPCM"),
    region(container="OGG", subtype="VORBIS", samples=5000),
    region(container="MP3", subtype="MPEG_LAYER_III", samples=5000),
]


@pytest.mark.parametrize("fmt", FORMATS, ids=lambda fmt: f"{fmt.container}-{fmt.subtype}")
def test_what_the_sound_engine_would_write_passes(fmt: AudioFormat, tmp_path: Path) -> None:
    source = write(tmp_path / "source", fmt)
    promised = promise(EFFECT, (TrackFile(source, "source"),), tmp_path)
    made = write(tmp_path / "made.wav", output_format(probe(source)))
    path, proven = check_sound(made, "One", promised)
    assert soundfile.info(path).samplerate == fmt.sample_rate
    written = probe(path)
    assert proven == (written.integer and written.container != "FLAC")
    assert path.suffix == {"AIFF": ".aiff", "FLAC": ".flac", "W64": ".w64", "AU": ".au", "CAF": ".caf"}.get(
        written.container, ".wav"
    )


@pytest.mark.parametrize(
    "fmt", [fmt for fmt in FORMATS if fmt.integer], ids=lambda fmt: f"{fmt.container}-{fmt.subtype}"
)
def test_what_is_too_loud_for_integers_passes_as_floats(fmt: AudioFormat, tmp_path: Path) -> None:
    source = write(tmp_path / "source", fmt)
    promised = promise(EFFECT, (TrackFile(source, "source"),), tmp_path)
    kept = float_format(output_format(probe(source)))
    path, proven = check_sound(write(tmp_path / f"made{suffix(kept)}", kept), "One", promised)
    assert not proven
    assert path.suffix == suffix(kept)


@pytest.mark.parametrize(
    ("container", "sent", "expected"),
    [
        ("FLAC", "float", "scale"),
        ("WAV", "float", "float"),
        ("AIFF", "float", "float"),
        ("FLAC", "clip", "clip"),
        ("WAV", "scale", "scale"),
    ],
)
def test_whoever_keeps_an_ending_gets_no_file_that_does_not_fit_it(
    container: str, sent: str, expected: str, tmp_path: Path
) -> None:
    """HARP before 2.2 puts a WAV that answers a FLAC under the FLAC's name, and then cannot read it."""
    source = write(tmp_path / "source", region(container=container))
    promised = promise(EFFECT, (TrackFile(source, "source"),), tmp_path)
    request = JobRequest("1", EFFECT, (), {}, tmp_path, keeps_ending=True)
    assert promised.too_loud(request, sent) == expected
    assert promised.too_loud(replace(request, keeps_ending=False), sent) == sent


@pytest.mark.parametrize(
    "other",
    [
        region(samples=999),
        region(samples=1001),
        region(samples=0),
        region(sample_rate=48000),
        region(channels=1),
        region(subtype="PCM_24"),
        region(subtype="DOUBLE"),
        region(container="FLAC"),
        region(container="AIFF"),
    ],
)
def test_what_differs_from_the_region_is_refused(other: AudioFormat, tmp_path: Path) -> None:
    promised = Promise(region(), 4000, keeps=True)
    path = write(tmp_path / "a.wav", other)
    with pytest.raises(ModelRunError, match="“One”") as caught:
        check_sound(path, "One", promised)
    if other.samples:
        assert "1000 samples of WAV PCM_16, 2 channels, 44100 Hz is expected" in caught.value.message
        path, _ = check_sound(path, "One", replace(promised, keeps=False))
        assert path.exists()


def test_a_length_that_nobody_knows_is_not_held_against_a_sound(tmp_path: Path) -> None:
    promised = Promise(region(samples=UNKNOWN), 4000, keeps=True)
    assert check_sound(write(tmp_path / "a.wav", region(samples=77)), "One", promised)[1]
    with pytest.raises(ModelRunError, match="WAV PCM_16, 2 channels, 44100 Hz is expected"):
        check_sound(write(tmp_path / "b.wav", region(channels=1)), "One", promised)


def test_a_header_that_lies_about_its_length_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", region())
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(ModelRunError, match="is cut short: 400 bytes that its header promises are missing"):
        check_sound(path, "One", Promise(None, 0, keeps=False))


def test_a_file_far_larger_than_its_sound_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", region())
    with path.open("r+b") as file:
        file.truncate(1 << 32)
    with pytest.raises(ModelRunError, match="takes 4096 MiB, which is far more"):
        check_sound(path, "One", Promise(region(), 4000, keeps=True))


@pytest.mark.parametrize("data", [b"", b"RIFF", b"<html>", b"ID3"])
def test_what_is_no_sound_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(data)
    with pytest.raises(ModelRunError, match="“One” is not a sound file"):
        check_sound(path, "One", Promise(None, 0, keeps=False))


def test_compressed_sound_must_be_read(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg", region(container="OGG", subtype="VORBIS"))
    assert check_sound(path, "One", Promise(region(), 0, keeps=False)) == (path, False)
    with pytest.raises(ModelRunError, match="is not a sound file"):
        check_sound(path, "One", Promise(region(), 0, keeps=True))


def test_a_job_that_the_disk_has_no_room_for_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = write(tmp_path / "source.wav", region(samples=5_000_000))
    usage = sounds.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(sounds.shutil, "disk_usage", lambda folder: usage._replace(free=50 << 20))
    with pytest.raises(WorkerError, match="this job needs about 130 MiB, and 50 MiB are left"):
        promise(EFFECT, (TrackFile(source, "a"),), tmp_path)
    monkeypatch.undo()
    assert promise(EFFECT, (TrackFile(source, "a"),), tmp_path).seconds == 5_000_000 / 44100


def test_an_input_that_is_gone_is_the_workers_to_tell(tmp_path: Path) -> None:
    assert promise(EFFECT, (TrackFile(tmp_path / "none", "a"),), tmp_path) == Promise(None, 0, keeps=True)
