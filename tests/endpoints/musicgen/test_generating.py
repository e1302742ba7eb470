"""Windows of new tokens, and their sound piece by piece."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from app.errors import JobCancelledError
from endpoints.musicgen import generating
from endpoints.musicgen.building import RATE
from endpoints.musicgen.drawing import Drawing
from endpoints.musicgen.generating import Wanted, continued, sounded, steps_of
from endpoints.musicgen.network import Network
from endpoints.musicgen.published import CODEC_FILE, MUSIC_FILE, SMALL, T5
from tests.endpoints.musicgen import tiny_networks as tiny

NOTHING = torch.zeros(4, 0, dtype=torch.long)


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return tiny.save(tmp_path_factory.mktemp("weights"))


@pytest.fixture
def network(at: dict[str, Path]) -> Network:
    made = Network(at[SMALL.weights.repo] / CODEC_FILE, at[T5.repo], "cpu")
    made.open(at[SMALL.weights.repo] / MUSIC_FILE)
    return made


def wanted(network: Network, text: str = "calm", seed: int = 1, **how: Any) -> Wanted:
    given = {"guidance": 3.0, "temperature": 1.0, "most": 250, **how}
    return Wanted(network.meaning(text), None, Drawing(**given), seed)


def made(network: Network, count: int, **more: Any) -> torch.Tensor:
    return continued(network, NOTHING, count, wanted(network, **more), lambda _: None)


def test_a_window_hears_the_end_of_what_came_before_and_no_more(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generating, "WINDOW", 0.6)
    monkeypatch.setattr(generating, "HEARD", 0.2)
    heard: list[torch.Tensor] = []
    following = network.following

    def listening(tokens: torch.Tensor, *more: Any) -> Any:
        if more[2] is None:
            heard.append(tokens)
        return following(tokens, *more)

    monkeypatch.setattr(network, "following", listening)
    told: list[int] = []
    tokens = continued(network, NOTHING, 75, wanted(network), told.append)
    assert tokens.shape == (4, 75) and tokens.max() < tiny.TOKENS
    assert told == sorted(told) and told[-1] == 75
    # 30 steps at once, of which 10 are heard again: 30, 50, 70, 75; a blank comes first.
    assert [window.shape[1] for window in heard] == [1, 11, 11, 11]
    for window, end in zip(heard[1:], (30, 50, 70)):
        assert torch.equal(window[0, 1:], tokens[0, end - 10 : end])
        assert window[:, 0].tolist() == [network.blank] * 4
        assert torch.equal(window[3, 4:], tokens[3, end - 10 : end - 3])


def test_what_was_there_stays_and_a_seed_gives_the_same_again(network: Network) -> None:
    before = made(network, 10)
    again = continued(network, before, 12, wanted(network, seed=2), lambda _: None)
    assert again.shape == (4, 22) and torch.equal(again[:, :10], before)
    assert torch.equal(made(network, 10), before) and not torch.equal(made(network, 10, seed=2), before)


def test_words_guidance_temperature_and_top_k_have_a_say(network: Network) -> None:
    ways: list[dict[str, Any]] = [{}, {"text": "loud drums"}, {"text": ""}, {"guidance": 1.0}, {"guidance": 9.0}]
    ways += [{"temperature": 0.3}, {"most": 2}]
    found = [tuple(made(network, 12, **way).flatten().tolist()) for way in ways]
    assert len(set(found)) == len(found)
    quiet = [made(network, 12, text="", guidance=guidance) for guidance in (1.0, 9.0)]
    assert torch.equal(*quiet), "where nothing is said, nothing can be exaggerated"


def test_a_melody_leads_and_goes_on_in_the_next_window(
    at: dict[str, Path], network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    network.open(at[tiny.MELODY.weights.repo] / MUSIC_FILE)
    monkeypatch.setattr(generating, "WINDOW", 1.0)
    monkeypatch.setattr(generating, "HEARD", 0.4)
    notes = torch.nn.functional.one_hot(torch.arange(40) % 12, 12).float()
    given: list[int] = []
    hints = network.hints

    def hearing(meaning: Any, melody: Any, guidance: float) -> torch.Tensor:
        given.append(int(melody.argmax(1)[0]))
        return hints(meaning, melody, guidance)

    monkeypatch.setattr(network, "hints", hearing)
    asked = Wanted(network.meaning("calm"), notes, Drawing(3.0, 1.0, 1), 1)
    found = continued(network, NOTHING, 80, asked, lambda _: None)
    # The second window begins at 0.6 s: in moment 4 of 0.128 s each.
    assert given == [0, 4]
    turned = Wanted(asked.meaning, notes.flip(1), asked.how, 1)
    assert not torch.equal(found, continued(network, NOTHING, 80, turned, lambda _: None))


def test_pieces_of_sound_meet_where_nobody_hears_it(network: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = made(network, 150)
    whole = sounded(network, tokens, lambda _: None)
    monkeypatch.setattr(generating, "_PIECE", 0.8)
    shares: list[float] = []
    pieces = sounded(network, tokens, shares.append)
    assert pieces.shape == whole.shape == (1, 150 * 640) and len(shares) == 4
    assert (pieces - whole).abs().max() < 0.02 * whole.abs().max()
    assert pieces.diff().abs().max() <= 1.01 * whole.diff().abs().max()


@pytest.mark.parametrize("part", ["tokens", "sound", "meaning", "following"])
def test_whoever_raises_between_layers_ends_the_work(network: Network, part: str) -> None:
    def ended() -> None:
        raise JobCancelledError("The job was cancelled.")

    hints = network.hints(network.meaning("calm"), None, 3.0)
    network.tick = ended
    work = {
        "tokens": lambda: network.tokens(torch.zeros(1, 6400)),
        "sound": lambda: network.sound(torch.zeros(4, 10, dtype=torch.long)),
        "meaning": lambda: network.meaning("calm"),
        "following": lambda: network.following(torch.zeros(4, 1, dtype=torch.long), hints, 3.0),
    }
    with pytest.raises(JobCancelledError):
        work[part]()


def test_steps_of_time(network: Network) -> None:
    assert (network.hop, network.blank, RATE) == (640, tiny.TOKENS, 32000)
    assert [steps_of(network, seconds) for seconds in (30.0, 0.02, 0.019)] == [1500, 1, 0]
