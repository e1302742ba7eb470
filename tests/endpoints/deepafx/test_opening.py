from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from endpoints.deepafx import opening
from endpoints.deepafx.chain import Chain, ChainError, plan_of_data, read_plan
from endpoints.deepafx.encoder import new_encoder
from endpoints.deepafx.folder import CHAIN, FolderError, Result, read_result, write_result
from endpoints.deepafx.opening import OpeningError, open_effect, version_of
from endpoints.effects.pedalboard_library import MISSING
from tests.endpoints.effects.vst3.test_plugin import needs_pedalboard, needs_zam
from tests.lv2_plugins import CALF, needs_calf, needs_compiler, needs_lilv, needs_lsp, trials

CHAINS = Path("endpoints/deepafx/chains")
TRIAL = {"uri": "lv2:urn:harpist:trial", "learn": {"gain": {"minimum": 0.1}}, "fixed": {"late": 40}}


@pytest.fixture
def trial(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LV2_PATH", str(trials()))


@needs_lilv
@needs_compiler
def test_an_lv2_plugin_is_a_link_like_any_other(trial: None) -> None:
    plan = plan_of_data([TRIAL, {"uri": "harpist:limiter", "learn": ["ceiling"]}])
    assert plan.knobs == ("trial/gain", "limiter/ceiling")
    assert plan_of_data(plan.as_data()) == plan
    chain = Chain(plan, 22050, 2)
    assert not chain.differentiable
    sound = np.random.default_rng(1).normal(0, 0.1, (2, 500)).astype(np.float32)
    made = chain.process(sound, plan.turns({"trial/gain": 0.5}))
    late = chain.latency
    assert late == 40 + 127
    assert np.abs(made[:, late:] - 0.5 * sound[:, : 500 - late]).max() < 1e-6


@needs_lilv
@needs_compiler
@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ({"uri": "lv2:urn:harpist:none"}, "No LV2 plugin with the URI “urn:harpist:none” is installed"),
        ({**TRIAL, "learn": ["depth"]}, "has no parameter “depth”; it has gain"),
        ({**TRIAL, "learn": ["mode"]}, "cannot be turned by a little"),
        ({**TRIAL, "fixed": {"mode": 900}}, "“mode” of trial is fixed at 900; it can be 0 to"),
        ({**TRIAL, "learn": [["gain"]]}, "has to be a list of parameters"),
        ({"uri": "some.vst3"}, "No VST3 plugin “some.vst3” is installed"),
        ({"uri": "/nowhere/some.vst3"}, "“/nowhere/some.vst3” is not there"),
        ({"uri": "sub/some.vst3"}, "its file's name, in .*, or its full path is expected"),
        ({"uri": "http://plugin"}, "no effect “http://plugin”; there are harpist:parametric-equaliser"),
    ],
)
def test_what_cannot_be_had_is_said_in_a_sentence(entry: dict[str, object], said: str, trial: None) -> None:
    with pytest.raises(ChainError, match=said):
        plan_of_data([entry])


@needs_lilv
@needs_compiler
def test_a_folder_says_which_plugin_is_missing_or_another(
    trial: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    plan = plan_of_data([TRIAL])
    write_result(tmp_path / "mine", Result(plan, new_encoder(1, 1), "Mine", "mit", {}))
    version = plan.links[0].version
    assert read_result(tmp_path / "mine").notices == ()
    told = tmp_path / "mine" / CHAIN
    told.write_text(told.read_text().replace(f'"{version}"', '"9.9"'))
    (notice,) = read_result(tmp_path / "mine").notices
    assert notice.startswith(f"lv2:urn:harpist:trial is version {version} here; it was learnt with 9.9")
    # Of another version, a control may be gone, or its range another.
    told.write_text(told.read_text().replace('"late": 40', '"old": 40'))
    with pytest.raises(FolderError, match=rf"no parameter “old”.* It was learnt with version 9\.9; {version} is here"):
        read_result(tmp_path / "mine")
    monkeypatch.setenv("LV2_PATH", str(tmp_path))
    with pytest.raises(FolderError, match="No LV2 plugin with the URI “urn:harpist:trial” is installed"):
        read_result(tmp_path / "mine")


@needs_calf
def test_a_plugin_without_a_version_is_known_by_its_controls() -> None:
    one, other = (open_effect(f"lv2:{CALF}{name}", 44100, 1) for name in ("Compressor", "MultibandGate"))
    assert one.version == "" and version_of(one).startswith("controls-") and version_of(one) != version_of(other)
    assert version_of(one) == version_of(open_effect(f"lv2:{CALF}Compressor", 44100, 2))


@needs_zam
def test_a_vst3_plugin_is_found_by_its_name_and_runs() -> None:
    plan = plan_of_data([{"uri": "ZamComp.vst3", "learn": ["threshold_db"], "fixed": {"ratio": 4.0}}])
    assert plan.knobs == ("ZamComp/threshold_db",) and plan.links[0].version
    chain = Chain(plan, 22050, 2)
    loud = np.sign(np.sin(np.arange(22050) * 0.3)).astype(np.float32) * np.float32([[0.5], [0.25]])
    quieter = chain.process(loud, plan.turns({"ZamComp/threshold_db": -40.0}))
    assert (np.abs(quieter[:, -100:]).mean(1) < 0.1 * np.abs(loud[:, -100:]).mean(1)).all()


@needs_pedalboard
def test_an_effect_of_pedalboard_is_a_link_like_any_other() -> None:
    plan = plan_of_data([{"uri": "pedalboard:Gain"}, {"uri": "pedalboard:Reverb", "fixed": {"wet_level": 0.0}}])
    assert plan.knobs[:2] == ("Gain/gain_db", "Reverb/room_size") and plan.links[0].version
    assert plan_of_data(plan.as_data()) == plan
    chain = Chain(plan, 22050, 3)
    sound = np.random.default_rng(1).normal(0, 0.1, (3, 500)).astype(np.float32)
    made = chain.process(sound, plan.turns({"Gain/gain_db": 20.0, "Reverb/dry_level": 0.5}))
    # At 0.5 its dry sound is as loud as what it gets.
    assert chain.latency == 0 and np.abs(made - 10.0 * sound).max() < 1e-4
    with pytest.raises(ChainError, match="no effect “pedalboard:Nothing”; there are pedalboard:Bitcrush"):
        plan_of_data([{"uri": "pedalboard:Nothing"}])


def test_without_a_host_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "any.vst3").write_text("")
    monkeypatch.setitem(sys.modules, "pedalboard", None)
    monkeypatch.setattr(opening, "_place", lambda _: tmp_path / "any.vst3")
    with pytest.raises(OpeningError) as missing:
        open_effect("any.vst3", 44100, 1)
    assert str(missing.value) == MISSING
    with pytest.raises(OpeningError) as missing:
        open_effect("pedalboard:Reverb", 44100, 1)
    assert str(missing.value) == MISSING


@needs_calf
@needs_lsp
@pytest.mark.parametrize(
    ("name", "knobs", "late"), [("distortion", [21], 0), ("nonspeech", [15], 0), ("mastering", [16, 33, 1], 110)]
)
def test_the_papers_chains_have_its_knobs_and_rest_in_neutral(name: str, knobs: list[int], late: int) -> None:
    plan = read_plan(CHAINS / "lv2" / f"{name}.toml")
    assert [len(link.learned) for link in plan.links] == knobs
    chain = Chain(plan, 22050, 1)
    tone = (0.2 * np.sin(2 * np.pi * 440 * np.arange(11025) / 22050)).astype(np.float32)[None]
    made = chain.process(tone, plan.defaults)
    assert chain.latency == late
    # Calf's crossover of fourth order adds up to 0.2 dB less here, and to 0.7 dB less at a split.
    assert 20 * np.log10(made[:, 5000:].std() / tone[:, 5000:].std()) == pytest.approx(0, abs=0.3)


@pytest.mark.parametrize("name", ["distortion", "nonspeech", "mastering"])
def test_their_counterparts_need_nothing_installed_and_do_nothing_at_rest(name: str) -> None:
    plan = read_plan(CHAINS / "torch" / f"{name}.toml")
    chain = Chain(plan, 44100, 1)
    assert chain.differentiable
    tone = (0.2 * np.sin(2 * np.pi * 440 * np.arange(11025) / 44100)).astype(np.float32)[None]
    assert chain.process(tone, plan.defaults)[:, 5000:].std() == pytest.approx(tone[:, 5000:].std(), rel=0.01)
