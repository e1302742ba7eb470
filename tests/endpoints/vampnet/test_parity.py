"""What the authors' own program makes of tiny seeded checkpoints, recorded as numbers, and what ours makes of them.

Recorded with vampnet at 72e2675 and lac at 7761206 (both by Hugo Flores García), on the checkpoints of
``tiny_networks``: their modules were run beside ours once, outside this repository.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from endpoints.vampnet.checkpoint import read_checkpoint
from endpoints.vampnet.codec import Codec
from endpoints.vampnet.generating import first_step
from endpoints.vampnet.masks import Hints, above, around, forgotten, hinted, periodic, within
from endpoints.vampnet.predicting import Predictor, buckets
from endpoints.vampnet.sampling import Sampling, fill_in, nucleus, still_unknown, typical
from tests.endpoints.vampnet import tiny_networks as tiny


def still() -> None:
    """Let it go on."""


@pytest.fixture(scope="module")
def recorded() -> Any:
    return np.load(Path(__file__).with_name("recorded.npz"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("weights")
    tiny.save(made)
    return made


@pytest.fixture(scope="module")
def codec(folder: Path) -> Codec:
    return Codec(read_checkpoint(folder / "codec.pth"), "cpu")


def predictor(folder: Path, codec: Codec, network: str) -> Predictor:
    return Predictor(read_checkpoint(folder / f"{network}.pth"), codec.codebooks, "cpu")


def whole(values: Any) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.int64))


def test_sound_becomes_the_same_tokens(codec: Codec, recorded: Any) -> None:
    assert torch.equal(codec.tokens(tiny.tone(1.0), still), whole(recorded["codes"]))


def test_tokens_become_the_same_sound(codec: Codec, recorded: Any) -> None:
    sound = codec.sound(whole(recorded["codes"]), still)
    assert np.abs(sound[::7].numpy() - recorded["sound"]).max() < 1e-4 and np.abs(recorded["sound"]).max() > 0.3


def test_odd_strides_lose_no_step_here(tmp_path: Path, recorded: Any) -> None:
    """The authors' codec loses the last one; what depends on where the sound ends differs a little."""
    torch.save(tiny.codec(**tiny.ODD_RATES), tmp_path / "codec.pth")
    odd = Codec(read_checkpoint(tmp_path / "codec.pth"), "cpu")
    theirs = whole(recorded["odd_codes"])
    tokens, near = odd.tokens(tiny.tone(0.5), still), theirs.shape[1] - odd.sizes.heard
    assert tokens.shape[1] == theirs.shape[1] + 1 == 230 and near > 150
    assert torch.equal(tokens[:, :near], theirs[:, :near])
    sound, told = odd.sound(theirs, still)[::7].numpy(), recorded["odd_sound"]
    assert np.abs(sound - told[: len(sound)]).max() < 1e-4 and 0 <= len(told) - len(sound) < 14


@pytest.mark.parametrize("network", ["coarse", "fine"])
def test_the_same_logits(folder: Path, codec: Codec, recorded: Any, network: str) -> None:
    """LoRA's matrices and weight norm are in the files."""
    made = predictor(folder, codec, {"coarse": "coarse", "fine": "c2f"}[network])
    found = made.logits(whole(recorded[f"{network}_tokens"]), still).numpy()
    assert found.shape == recorded[f"{network}_logits"].shape
    assert np.abs(found - recorded[f"{network}_logits"]).max() < 1e-4


@pytest.mark.parametrize(("network", "file", "given", "rounds"), [("coarse", "coarse", 0, 12), ("fine", "c2f", 2, 4)])
def test_the_same_tokens_without_lots(
    folder: Path, codec: Codec, recorded: Any, network: str, file: str, given: int, rounds: int
) -> None:
    tokens = whole(recorded["codes"])[: None if given else 2]
    mask = above(periodic(*tokens.shape, 7), 3 if given else 1)
    mask[:given] = False
    how = Sampling(rounds=rounds, until=-1.0, chance=0.0)
    made = fill_in(predictor(folder, codec, file), tokens, mask, how, torch.Generator(), lambda _: None)
    assert torch.equal(made, whole(recorded[f"greedy_{network}"]))
    assert not torch.equal(made, tokens)


@pytest.mark.parametrize(("period", "width"), [(7, 1), (5, 3), (13, 1), (3, 2), (0, 1)])
def test_the_same_periodic_masks(recorded: Any, period: int, width: int) -> None:
    assert periodic(1, 100, period, width)[0].int().tolist() == recorded[f"periodic_{period}_{width}"].tolist()


def test_the_same_masks_for_a_stretch_and_for_books(recorded: Any) -> None:
    assert within(1, 100, 10, 80)[0].int().tolist() == recorded["inpaint_10_20"].tolist()
    mask = periodic(14, 100, 7)
    mask[:2] = False
    assert above(mask, 4).int().tolist() == recorded["books_2_4"].tolist()


def test_the_same_steps_are_forgotten_with_the_same_lots(recorded: Any) -> None:
    random = torch.Generator().manual_seed(3)
    assert forgotten(periodic(1, 100, 7), 0.3, random)[0].int().tolist() == recorded["dropout_30"].tolist()


def test_the_same_steps_are_kept_around_onsets(recorded: Any) -> None:
    """Of theirs, one nearer to the beginning than the width keeps none."""
    steps = recorded["onset_steps"].tolist()
    for width in (1, 3):
        hints = Hints(period=0, onset_width=width, books=4, kept=1)
        mask = hinted(14, 173, hints, steps, [], torch.Generator())
        assert mask.int().tolist() == recorded[f"onsets_{width}"].tolist(), width


def test_the_same_steps_are_kept_from_beats_on(recorded: Any) -> None:
    rate = 44100 / 768
    beats = [first_step(second, rate) for second in recorded["beat_seconds"]]
    for milliseconds in (1, 50, 80, 200):
        mask = around(1, 173, beats, 0, first_step(milliseconds / 1000, rate))
        assert mask[0].int().tolist() == recorded[f"beats_{milliseconds}"].tolist(), milliseconds
    hints = Hints(period=0, onset_width=2, beat_steps=first_step(0.05, rate), books=3)
    mask = hinted(14, 173, hints, recorded["onset_steps"].tolist(), beats, torch.Generator())
    assert mask.int().tolist() == recorded["onsets_2_beats_50"].tolist()


def test_all_of_a_mask_together() -> None:
    """With a period of one step no lot has a say in where it begins."""
    mask = hinted(14, 100, Hints(period=1, books=4, kept=2), [], [], torch.Generator().manual_seed(1))
    assert not mask[:4].any() and mask[4:].all()


def test_as_many_are_guessed_again_in_each_round(recorded: Any) -> None:
    now: dict[tuple[int, int], int] = {}
    for total, rounds, done, again in recorded["schedule"].tolist():
        before = now.get((total, rounds), total)
        assert still_unknown(total, done, rounds, before) == again, (total, rounds, done)
        now[total, rounds] = again
    assert set(now.values()) == {0}


def test_the_same_values_are_sorted_out(recorded: Any) -> None:
    logits = torch.sin(torch.arange(64).float() ** 1.5).reshape(4, 16) * 3
    assert torch.isinf(nucleus(logits, 0.8)).int().tolist() == recorded["nucleus"].tolist()
    assert torch.isinf(typical(logits, 0.3, 3)).int().tolist() == recorded["typical"].tolist()


def test_the_same_buckets_of_distances(recorded: Any) -> None:
    assert buckets(torch.arange(-300, 301), 32).tolist() == recorded["buckets"].tolist()
