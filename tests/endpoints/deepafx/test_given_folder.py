"""A folder of one's own, named as a model: tried in the sandbox, run there through HARP, with a plugin of others."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from app.config import Settings
from app.errors import ModelFormatError
from app.registry import Registry
from app.sources import add_model
from endpoints.deepafx.chain import plan_of_data
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import Result, write_result
from tests.lv2_plugins import needs_compiler, needs_lilv, trials
from tests.serving import site
from tests.wire.clients import CLIENTS

RATE = 44100
TRIAL = {"uri": "lv2:urn:harpist:trial", "name": "trial", "learn": {"gain": {"minimum": 0.1}}, "fixed": {"late": 40}}


@needs_lilv
@needs_compiler
def test_a_folder_with_an_lv2_plugin_is_served_like_a_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LV2_PATH", str(trials()))
    write_result(tmp_path / "My gain", Result(plan_of_data([TRIAL]), new_encoder(1, 3), "Gain", "mit", {}))
    settings, registry = Settings(home=tmp_path / "home"), Registry()
    added = add_model(registry, settings, str(tmp_path / "My gain"))
    spec = registry.get(added)
    assert added == "local/My-gain" and (spec.card.name, spec.card.author) == ("Gain", "local")
    assert "lv2:urn:harpist:trial (version 2.4)" in spec.card.description and str(trials()) in spec.reads
    # The next start takes the description that was kept.
    assert registry.folder(added) == tmp_path / "My gain"
    monkeypatch.setattr("app.plugins.trained.ask", None)
    add_model(again := Registry(), settings, str(tmp_path / "My gain"))
    assert again.get(added) == spec
    take = tmp_path / "take.wav"
    soundfile.write(take, np.random.default_rng(6).normal(0, 0.05, (30000, 2)), RATE, "PCM_24")
    with site(tmp_path / "site", [spec], workers=1, threads=1) as server:
        client = CLIENTS[-1](f"{server.url}/models/{added}")
        client.load()
        ((_, body),) = client.process(take).files
    made, came = (soundfile.read(source)[0] for source in (io.BytesIO(body), take))
    # Nobody taught this encoder: it turns the gain hardly at all while the noise lasts, and the sound is where it was.
    gains = made[100:-100] / came[100:-100]
    assert made.shape == came.shape and np.ptp(np.median(np.array_split(gains, 10), axis=(1, 2))) < 0.2
    assert np.corrcoef(made[:, 0], came[:, 0])[0, 1] > 0.99


@needs_lilv
@needs_compiler
def test_a_folder_whose_plugin_is_missing_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LV2_PATH", str(trials()))
    write_result(tmp_path / "mine", Result(plan_of_data([TRIAL]), new_encoder(1, 3), "Gain", "mit", {}))
    (tmp_path / "none").mkdir()
    monkeypatch.setenv("LV2_PATH", str(tmp_path / "none"))
    with pytest.raises(ModelFormatError, match="No LV2 plugin with the URI “urn:harpist:trial” is installed"):
        add_model(Registry(), Settings(home=tmp_path / "home"), str(tmp_path / "mine"))
