"""The encoders that come along: their folders, and that they do what their cards say, also over a server."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import Region, TrackFile
from app.errors import ModelFormatError
from app.lv2_folders import PATH
from app.plugins.grants import HOSTING
from app.plugins.spec_json import spec_from_json, spec_to_json
from app.sources import IN_PYTHON
from endpoints.deepafx import shipped
from endpoints.deepafx.encoder import RATE
from endpoints.deepafx.folder import read_result
from endpoints.deepafx.serving import Trained
from endpoints.deepafx.tasks.levels import loudness, times
from endpoints.deepafx.tasks.tasks import TASKS
from endpoints.deepafx.with_plugins import PLUGINS
from tests.endpoints.deepafx.toys import music
from tests.endpoints.loudness.measuring import Job
from tests.lv2_plugins import needs_calf, needs_lsp
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient

MADE: dict[str, type[Trained]] = {
    "auto-level": shipped.AutoLevel,
    "nonspeech": shipped.Nonspeech,
    "mastering": shipped.Mastering,
    "distortion": shipped.Distortion,
}
MARGIN = 0.67
"""Of the distance of the sound as it was, and of the effects at their defaults: docs/deepafx.md promises it."""

FOLDERS = [
    pytest.param(path.name, marks=[needs_calf, needs_lsp] if path.name.endswith("-lv2") else [])
    for path in sorted(shipped.TRAINED.iterdir())
]


def asked(kind: type[Trained], **values: object) -> dict[str, object]:
    return {item.name: item.value for item in kind.inputs[1:]} | values  # type: ignore[union-attr]


def processed(kind: type[Trained], sound: np.ndarray, folder: Path, **values: object) -> np.ndarray:
    soundfile.write(folder / "in.wav", sound, RATE, "FLOAT")
    out = folder / f"out-{len(list(folder.iterdir()))}"
    out.mkdir()
    endpoint = kind()
    endpoint.setup("cpu")
    region = Region((TrackFile(folder / "in.wav", "in.wav"),), out)
    made = endpoint.process(region, asked(kind, **values), Job())
    return soundfile.read(made[0].path, dtype="float32")[0]


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_small_of_its_tasks_chain_and_says_how_it_was_made(name: str) -> None:
    folder, task = shipped.TRAINED / name, TASKS[name]
    assert sum(path.stat().st_size for path in folder.iterdir()) < 2_000_000
    result = read_result(folder)
    assert result.plan == task.plan and result.licence == "mit" and not result.notices
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert f"python -m endpoints.deepafx train --task {name} --seed 1 --out FOLDER" in card
    assert task.purpose in card and task.material in card
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in card.splitlines() if line.startswith("| ")]
    header = next(row for row in table if row[1:2] == ["MFCC cosine distance"])
    rows = {row[0]: dict(zip(header, row)) for row in table if len(row) == len(header)}
    # The crossovers of Calf's plugins turn the phase, which waves show and nobody hears; the card says so.
    assert ("in phase" in header) == bool(task.crossovers) == ("turn the phase" in card)
    judged = ("MFCC cosine distance", "in phase" if task.crossovers else "mean abs. difference", "loss")
    for other in ("as it was", "defaults"):
        for by in judged:
            assert float(rows["learnt"][by]) <= MARGIN * float(rows[other][by]), (other, by, rows)
    assert "It is weak" not in card


@pytest.mark.parametrize("name", MADE)
def test_each_has_a_sound_to_try_it_with_that_it_did_not_learn_from(name: str) -> None:
    sound, rate = soundfile.read(MADE[name].example, dtype="float32")
    assert rate == RATE and len(sound) >= 6 * RATE
    assert any(np.abs(sound - pair.before).max() < 1e-4 for pair in TASKS[name].pairs("held out", 1)[:1])


@pytest.mark.parametrize("name", MADE)
def test_each_is_an_endpoint_of_the_server_and_its_smoothing_suits_its_task(name: str) -> None:
    kind = MADE[name]
    assert f"endpoints.deepafx.shipped:{kind.__name__}" in IN_PYTHON.values()
    assert asked(kind)["smoothing"] == 1000 * TASKS[name].smoothing


def test_a_sound_whose_level_jumps_comes_out_more_even(tmp_path: Path) -> None:
    sound = np.concatenate([times(music(4, 3.0), -22.0), music(5, 3.0), times(music(6, 3.0), -14.0)])
    even = processed(shipped.AutoLevel, sound, tmp_path)
    assert len(even) == len(sound)
    middles = [slice(int(at * RATE), int((at + 1.4) * RATE)) for at in (0.8, 3.8, 6.8)]
    before, after = (np.ptp([loudness(one[part]) for part in middles]) for one in (sound, even))
    assert after < 0.5 * before, (before, after)


@needs_calf
@needs_lsp
@pytest.mark.parametrize("name", ["nonspeech", "mastering", "distortion"])
def test_the_same_by_plugins_of_the_machine_and_their_presets(name: str, tmp_path: Path) -> None:
    kind, sound = MADE[name], TASKS[name].pair(music(3, 2.0), np.random.default_rng(1)).before
    own = processed(kind, sound, tmp_path)
    made = processed(kind, sound, tmp_path, effects=PLUGINS)
    assert len(made) == len(sound) and np.isfinite(made).all() and not np.array_equal(made, own)
    [settings] = tmp_path.glob("out*/*.zip")
    with zipfile.ZipFile(settings) as archive:
        presets = [file for file in archive.namelist() if file.endswith(".ttl")]
    assert len(presets) >= len(read_result(shipped.TRAINED / f"{name}-lv2").plan.links)
    assert f"harpist/deepafx-{name}" in HOSTING


@pytest.mark.parametrize("kind", [shipped.Nonspeech, shipped.Mastering, shipped.Distortion])
def test_without_the_plugins_it_says_what_to_install(
    kind: type[Trained], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(PATH, str(tmp_path))
    with pytest.raises(ModelFormatError) as told:
        processed(kind, music(3, 2.0), tmp_path, effects=PLUGINS)
    assert "apt-get install liblilv-0-0 calf-plugins" in told.value.message and "Harpist's own" in told.value.message
    assert ("lsp-plugins-lv2" in told.value.message) == (kind is shipped.Mastering)
    assert str(tmp_path) not in told.value.message


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    specs = [
        spec_from_json(
            f"harpist/{name}", f"{kind.__module__}:{kind.__name__}", json.loads(json.dumps(spec_to_json(kind)))
        )
        for name, kind in MADE.items()
    ]
    with site(tmp_path_factory.mktemp("site"), specs, workers=1, threads=1) as made:
        yield made


OLDER = [pytest.param(kind, marks=pytest.mark.slow) for kind in CLIENTS[:-1]]


@pytest.mark.parametrize("kind", [*OLDER, CLIENTS[-1]], ids=lambda kind: kind.version)
@pytest.mark.parametrize("name", MADE)
def test_a_harp_gets_sound_and_settings(name: str, kind: type[HarpClient], served: Site, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "in.wav", np.stack([music(3, 2.0)] * 2, axis=1), RATE, "PCM_16")
    client = kind(f"{served.url}/models/harpist/{name}")
    client.load()
    result = client.process(tmp_path / "in.wav")
    samples, rate = soundfile.read(io.BytesIO(result.files[0][1]), dtype="float32")
    assert samples.shape == (2 * RATE, 2) and rate == RATE and np.abs(samples).max() > 0.01
    assert result.labels
