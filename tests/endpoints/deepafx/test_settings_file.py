"""The file of settings, where a chain has LV2 plugins: a ZIP, unpacked among a host's plugins, is a preset there."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Region, TrackFile
from app.harp.controls import CONTROLS as KINDS
from app.lv2_folders import lv2_folders
from endpoints.deepafx.applying import times_of
from endpoints.deepafx.chain import plan_of_data
from endpoints.deepafx.encoder import RATE, new_encoder
from endpoints.deepafx.folder import Result, write_result
from endpoints.deepafx.serving import Trained
from endpoints.deepafx.settings_file import settings_bytes, settings_data
from tests.endpoints.deepafx.test_plugin_training import COMPRESSOR
from tests.endpoints.deepafx.toys import music
from tests.lv2_plugins import CALF, needs_calf
from tests.lv2_presets import presets_found

URI = f"{CALF}Compressor"
NAMES = ("level_in", "threshold", "ratio", "makeup")


def unpacked(content: bytes, folder: Path) -> Path:
    """Unpack as a user does; no name may be there two times, or lead out of the folder."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        assert len(set(names)) == len(names) and not any(name.startswith("/") or ".." in name for name in names)
        archive.extractall(folder)
    return folder


def presets(folder: Path) -> dict[str, dict[str, float]]:
    """Return the values of Calf's compressor's presets, by their names."""
    shipped = {preset.label for preset in presets_found(lv2_folders(), URI)}
    found = presets_found([str(folder), *lv2_folders()], URI)
    assert all(preset.plugin == URI for preset in found)
    return {preset.label: preset.values for preset in found if preset.label not in shipped}


@needs_calf
def test_a_host_finds_the_preset_with_the_mean_of_each_knob(tmp_path: Path) -> None:
    plan = plan_of_data([{"uri": "harpist:gate", "learn": ["threshold"]}, COMPRESSOR])
    curve = np.linspace([0.1, 0.3, 0.4, 0.5, 0.2], [0.3, 0.5, 0.8, 0.7, 0.6], 9)
    data = settings_data(plan, curve, times_of(9), {"name": "Test"})
    folder = unpacked(settings_bytes(plan, data, "Ma chanson (été)"), tmp_path)
    assert sorted(path.name for path in folder.iterdir()) == ["Ma-chanson-t-compressor.lv2", "settings.json"]
    (label, values), *more = presets(folder).items()
    assert label == "Ma chanson (été) compressor" and not more
    middle = dict(zip(NAMES, (p.from_turn(turn) for p, turn in zip(plan.parameters[1:], (0.4, 0.6, 0.6, 0.4)))))
    assert values == pytest.approx({**middle, **COMPRESSOR["fixed"]}, rel=1e-6)
    assert json.loads((folder / "settings.json").read_text()) == json.loads(json.dumps(data))


@needs_calf
@pytest.mark.parametrize("name", ["歌", "..", "", "a/b"])
def test_each_plugin_has_a_preset_whatever_the_names(name: str, tmp_path: Path) -> None:
    links = [{**COMPRESSOR, "name": link} for link in ("pump!", "pump?", "PUMP", "../../out", "太鼓")]
    plan = plan_of_data(links)
    curve = np.tile(np.linspace(0.2, 0.9, len(plan.knobs)), (3, 1))
    data = settings_data(plan, curve, times_of(3), {})
    found = presets(unpacked(settings_bytes(plan, data, name), tmp_path))
    assert len(found) == len(links)
    for link, values in zip(plan.links, plan.values(curve[0])):
        assert found[f"{name} {link.name}".strip()] == pytest.approx(values, rel=1e-6)


@needs_calf
def test_the_zip_comes_with_the_sound(tmp_path: Path) -> None:
    write_result(tmp_path / "learnt", Result(plan_of_data([COMPRESSOR]), new_encoder(4, 3), "Test", "mit", {}))
    endpoint = Trained(str(tmp_path / "learnt"))
    endpoint.setup("cpu")
    soundfile.write(tmp_path / "song.wav", np.stack([music(1, 2.5)] * 2, axis=1), RATE, "PCM_24")
    (tmp_path / "out").mkdir()

    class Job:
        def report(self, fraction: float, said: str = "") -> None: ...

    region = Region((TrackFile(tmp_path / "song.wav", "song.wav"),), tmp_path / "out")
    controls = {item.name: item.value for item in Trained.inputs if isinstance(item, KINDS)}
    _, _, file = endpoint.process(region, controls, Job())
    assert isinstance(file, FileOutput) and file.path.suffix == ".zip"
    folder = unpacked(file.path.read_bytes(), tmp_path / "lv2")
    (effect,) = json.loads((folder / "settings.json").read_text())["effects"]
    mean = {told["name"]: told.get("mean", told.get("value")) for told in effect["parameters"]}
    assert presets(folder) == {"song compressor": pytest.approx(mean, rel=1e-6)}
