from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from endpoints.deepafx.__main__ import main
from endpoints.deepafx.applying import HOP, Way, _hold, applied, curve_of
from endpoints.deepafx.chain import Chain
from endpoints.deepafx.encoder import FRAMES, HEARD, RATE, log_mel, new_encoder
from endpoints.deepafx.folder import Result, write_result
from endpoints.deepafx.smoothing import smoothed
from tests.endpoints.deepafx.toys import COMPRESSOR, chain, music

PLAN = chain(COMPRESSOR, {"uri": "harpist:limiter", "learn": ["ceiling"]})
ENCODER = new_encoder(len(PLAN.knobs), 3)


def test_the_curve_and_the_sound_are_the_same_in_any_blocks() -> None:
    sound = music(1, 5)
    curve = curve_of(ENCODER, iter([sound]))
    assert len(curve) == (len(sound) - HEARD) // 2048 + 1
    assert np.array_equal(curve, curve_of(ENCODER, iter(np.array_split(sound, 7))))
    whole, parts = (
        np.concatenate(list(applied(Chain(PLAN, 22050, 1), iter(blocks), curve, 22050)), axis=1)
        for blocks in ([sound[None, :20000]], np.array_split(sound[None, :20000], 9, axis=1))
    )
    assert np.array_equal(whole, parts) and whole.shape == (1, 20000)
    assert curve_of(ENCODER, iter([sound[:500]])).shape == (1, len(PLAN.knobs))


def test_what_is_neutral_changes_nothing_and_nothing_is_late() -> None:
    sound = np.zeros((2, 6000), np.float32)
    sound[:, 3000] = 0.9
    for amount, same in ((0.0, True), (1.0, False)):
        curve = Way(amount).follow(np.ones((4, len(PLAN.knobs))), PLAN.defaults)
        out = np.concatenate(list(applied(Chain(PLAN, 44100, 2), iter([sound]), curve, 44100)), axis=1)
        assert out.shape == sound.shape and np.abs(out[0]).argmax() == 3000
        assert (np.abs(out - sound).max() < 1e-6) == same


def test_the_encoder_hears_a_log_mel_spectrogram() -> None:
    sound = torch.from_numpy(np.sin(2 * np.pi * 1000 * np.arange(HEARD) / RATE).astype(np.float32))[None]
    mels = log_mel(sound)
    assert mels.shape == (1, FRAMES, 128) and FRAMES == 157
    # 1,000 Hz are 1,000 mel of 3,176; a tenth of the level is 20 dB, two in log10 of the power.
    assert mels[0].mean(0).argmax().item() == pytest.approx(1000 / 3176 * 129 - 1, abs=1)
    assert (mels - log_mel(0.1 * sound)).max().item() == pytest.approx(2.0, abs=0.01)


def test_smoothing_keeps_a_step_in_its_place_and_range() -> None:
    step = np.repeat([[0.0], [1.0]], 50, axis=0)
    soft = smoothed(step, 5.0)
    assert soft.shape == step.shape and soft.min() >= 0 and soft.max() <= 1 + 1e-12
    assert (soft[49] + soft[50])[0] == pytest.approx(1.0) and (np.diff(soft[:, 0]) >= -1e-12).all()
    assert soft[55, 0] == pytest.approx(0.86, abs=0.02)
    assert np.array_equal(smoothed(step, 0.0), step)


def test_the_command_line_learns_measures_and_applies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for side, level in (("before", 0.25), ("after", 0.5)):
        (tmp_path / "pairs" / side).mkdir(parents=True)
        soundfile.write(tmp_path / "pairs" / side / "a.wav", level * np.stack([music(1, 4.5)] * 2, 1), RATE)
    (tmp_path / "chain.json").write_text('{"plugin": [{"uri": "harpist:compressor", "learn": ["output"]}]}')
    pairs, out = ["--pairs", str(tmp_path / "pairs")], tmp_path / "out"
    learning = ["train", "--chain", str(tmp_path / "chain.json"), *pairs, "--out", str(out), "--steps", "2"]
    assert main([*learning, "--items", "1"]) == 0
    said = capsys.readouterr().out
    assert "effect 1 of 1, step 2: loss" in said and "untouched" in said
    assert sorted(p.name for p in out.iterdir()) == ["README.md", "chain.json", "encoder.safetensors", "learning.png"]
    assert main(["evaluate", str(out), *pairs]) == 0
    table = capsys.readouterr().out
    assert "| as it was |" in table and "| learnt |" in table
    source, target = tmp_path / "s.flac", tmp_path / "t.flac"
    soundfile.write(source, np.stack([music(2, 3)] * 2, 1), 48000, subtype="PCM_24")
    assert main(["process", str(out), str(source), str(target), "--still"]) == 0
    assert capsys.readouterr().out.startswith("compressor/output: ")
    made = soundfile.info(target)
    assert (made.samplerate, made.channels, made.subtype) == (48000, 2, "PCM_24")
    assert made.frames == soundfile.info(source).frames
    for wrong, sentence in (
        (["process", str(out), str(tmp_path / "none.wav"), str(target)], "no longer there"),
        (["process", str(out), str(source), str(target), "--amount", "200"], "--amount is 0 to 100"),
        (["evaluate", str(tmp_path / "pairs"), *pairs], "no folder of something learnt"),
        (
            ["train", "--chain", str(tmp_path / "chain.json"), "--pairs", str(out), "--out", str(out)],
            "“before” and “after”",
        ),
    ):
        assert main(wrong) == 1
        captured = capsys.readouterr()
        assert sentence in captured.err and "Traceback" not in captured.err


def test_a_result_is_applied_at_the_files_own_rate(tmp_path: Path) -> None:
    write_result(tmp_path / "r", Result(PLAN, ENCODER, "r", "mit", {}))
    soundfile.write(tmp_path / "s.wav", music(2, 2), 44100, subtype="FLOAT")
    assert main(["process", str(tmp_path / "r"), str(tmp_path / "s.wav"), str(tmp_path / "t.wav")]) == 0
    assert soundfile.info(tmp_path / "t.wav").samplerate == 44100


def test_values_are_held_longer_where_knobs_turn_slowly() -> None:
    seconds = HOP / RATE
    slow, quick, usual = (np.array([[0.0], [turn]]) for turn in (1e-5, 0.9, 0.002 * seconds / 0.01))
    assert _hold(slow) == 0.024 and _hold(quick) == 0.003 and _hold(usual) == pytest.approx(0.01)
