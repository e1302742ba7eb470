from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.deepafx.chain import Chain, ChainError, plan_of_data, read_plan
from endpoints.deepafx.smoothing import turns_between
from tests.endpoints.deepafx.toys import COMPRESSOR, chain, music

LIMITER = {"uri": "harpist:limiter", "name": "last", "learn": ["ceiling"]}

TOML = """
[[plugin]]
uri = "harpist:compressor"
fixed = { attack = 5.0 }
learn.threshold = { minimum = -40.0, maximum = -10.0, default = -20.0 }
learn.ratio = {}

[[plugin]]
uri = "harpist:limiter"
name = "last"
learn = ["ceiling"]
"""


def test_a_vector_sets_all_knobs_and_is_found_again(tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text(TOML)
    plan = read_plan(tmp_path / "chain.toml")
    assert plan.knobs == ("compressor/threshold", "compressor/ratio", "last/ceiling")
    middle = plan.values(np.array([0.5, 0.5, 0.0]))
    assert middle == [{"attack": 5.0, "threshold": -25.0, "ratio": pytest.approx(20**0.5)}, {"ceiling": -36.0}]
    asked = {"compressor/threshold": -30.0, "last/ceiling": -9.0}
    values = plan.values(plan.turns(asked))
    assert values[0]["threshold"] == pytest.approx(-30) and values[1]["ceiling"] == pytest.approx(-9)
    assert plan.values(plan.defaults)[0] == {"attack": 5.0, "threshold": pytest.approx(-20), "ratio": 1.0}
    assert plan.first(1).knobs == plan.knobs[:2]
    assert plan_of_data(plan.as_data()) == plan
    assert turns_between(plan.defaults, np.ones(3), 0.0).tolist() == plan.defaults.tolist()


def test_effects_sound_one_after_the_other_in_both_forms() -> None:
    plan = chain(COMPRESSOR, LIMITER)
    turns = plan.turns(
        {"compressor/threshold": -30, "compressor/ratio": 4, "compressor/output": 12, "last/ceiling": -10}
    )
    sound = music(3, 0.3)[None]
    running = Chain(plan, 22050, 1)
    assert running.latency == 127 and running.differentiable
    made = np.concatenate([running.process(part, turns) for part in np.array_split(sound, 5, axis=1)], axis=1)
    rendered = running.render(torch.from_numpy(sound)[None], torch.from_numpy(turns)[None])[0].numpy()
    assert np.abs(made - rendered).max() < 1e-6 and np.abs(made).max() <= 10 ** (-10 / 20) + 1e-6
    running.reset()
    assert np.array_equal(running.process(sound, turns), made)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("plugin = 3", "list “plugin” of 1 to 32 effects"),
        ("[[plugin]]\nname = 'x'", "table with a “uri”"),
        ("[[plugin]]\nuri = 'harpist:echo'", "no effect “harpist:echo”; there are harpist:parametric-equaliser"),
        ("[[plugin]]\nuri = 'harpist:gate'\nlearn = ['depth']", "has no parameter “depth”; it has threshold"),
        ("[[plugin]]\nuri = 'harpist:gate'\nlearn = ['range']\nfixed = {range = 3}", "both learnt and fixed"),
        ("[[plugin]]\nuri = 'harpist:gate'\nlearn = []", "Nothing of the chain is to be learnt"),
        ("[[plugin]]\nuri = 'harpist:gate'\nfixed = {range = 'x'}", "numbers by their parameters"),
        ("[[plugin]]\nuri = 'harpist:gate'\nlearn = {range = {maximum = 900}}", "can be 0 to 80 dB"),
        ("[[plugin]]\nuri = 'harpist:gate'\nlearn = {range = {scale = 'odd'}}", "range of “range” of gate cannot be"),
        ("[[plugin]]\nuri = 'harpist:gate'\n[[plugin]]\nuri = 'harpist:gate'", "have one name"),
        ("[[plugin", "not written as TOML"),
    ],
)
def test_a_chain_that_cannot_be_is_said_in_a_sentence(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "chain.toml").write_text(content)
    with pytest.raises(ChainError, match=said):
        read_plan(tmp_path / "chain.toml")
    with pytest.raises(ChainError, match="cannot be read"):
        read_plan(tmp_path / "none.toml")
