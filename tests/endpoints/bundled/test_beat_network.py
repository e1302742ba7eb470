"""Against the same sums in numpy."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.bundled import beat_network
from endpoints.bundled.beat_network import HEARD, BeatNetwork, BeatOdds, trained


@pytest.fixture(scope="module")
def network() -> BeatNetwork:
    return trained()


def strokes() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(0)
    found = np.sort(rng.choice(401, 40, replace=False))
    marks = rng.exponential(size=(40, 6)).astype(np.float32)
    return torch.tensor(found), torch.tensor(marks), torch.tensor(rng.exponential(size=401), dtype=torch.float32)


def convolved(x: np.ndarray, weight: np.ndarray, bias: np.ndarray, dilation: int = 1) -> np.ndarray:
    size = weight.shape[2]
    reach = dilation * (size // 2)
    padded = np.pad(x, ((0, 0), (reach, reach)))
    parts = [weight[:, :, i] @ padded[:, i * dilation : i * dilation + x.shape[1]] for i in range(size)]
    return sum(parts) + bias[:, None]


def elu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, np.expm1(np.minimum(x, 0)))


def test_strokes_are_laid_out_in_frames_of_20_ms(network: BeatNetwork) -> None:
    found, marks, whole = strokes()
    heard = network.heard(found, marks, whole).numpy()
    assert heard.shape == (HEARD, 201)
    expected = np.zeros((HEARD, 202))
    for frame, (*parts, change) in zip(found.tolist(), marks.tolist(), strict=True):
        known = [*np.log1p(parts), np.log1p(np.mean(parts)), change, 1.0]
        for at in (frame / 2,) if frame % 2 == 0 else (frame / 2 - 0.5, frame / 2 + 0.5):
            expected[:8, int(at)] += np.array(known) * (1.0 if frame % 2 == 0 else 0.5)
    for i in range(201):
        expected[8, i] = np.log1p(max(whole[2 * i : 2 * i + 2].tolist()))
    assert heard == pytest.approx(expected[:, :201], abs=1e-5)


def test_the_classes_are_those_of_the_sums_written_out(network: BeatNetwork) -> None:
    heard = np.random.default_rng(1).exponential(size=(HEARD, 700)).astype(np.float32)
    with torch.inference_mode():
        found = network.classes(torch.tensor(heard)[None])[0].numpy()
    known = {name: value.numpy().astype(np.float64) for name, value in network.state_dict().items()}
    x = elu(convolved(heard.astype(np.float64), known["first.weight"], known["first.bias"]))
    for i in range(beat_network.LAYERS):
        own = {name.removeprefix(f"blocks.{i}."): value for name, value in known.items()}
        inner = elu(convolved(x, own["over_time.weight"], own["over_time.bias"], 2**i))
        x = x + convolved(inner, own["mixed.weight"], own["mixed.bias"])
    last = convolved(elu(x), known["last.weight"], known["last.bias"])
    expected = last - np.log(np.exp(last - last.max(0)).sum(0)) - last.max(0)
    assert found == pytest.approx(expected, abs=1e-3)


def test_between_two_frames_lies_their_mean(network: BeatNetwork) -> None:
    found, marks, whole = strokes()
    with torch.inference_mode():
        fine = network(found, marks, whole)
        coarse = network.classes(network.heard(found, marks, whole)[None])[0]
    assert fine.shape == (3, 401)
    torch.testing.assert_close(fine[:, ::2], coarse)
    torch.testing.assert_close(fine[:, 1::2], (coarse[:, 1:] + coarse[:, :-1]) / 2)


def test_nothing_heard_is_no_beat(network: BeatNetwork) -> None:
    with torch.inference_mode():
        classes = network(torch.zeros(0, dtype=torch.long), torch.zeros(0, 6), torch.zeros(1000))
    assert (classes[0].exp() > 0.5).all()


def test_a_bar_begins_where_the_network_hears_its_first_beat() -> None:
    odds = BeatOdds()
    classes = torch.tensor([[0.9, 0.05, 0.05], [0.1, 0.85, 0.05], [0.1, 0.05, 0.85]]).log().t()
    weighed = odds(classes, [4, 3])
    assert weighed.shape == (3, 7)
    assert (weighed[0] < 0).all(), "no beat"
    assert weighed[1].argmax() in (1, 2, 3, 5, 6), "a beat within a bar"
    assert weighed[2].argmax() in (0, 4), "the first"
    first = np.log(0.9 * 0.85 + 0.1 * 0.05) - np.log(0.1)
    assert float(weighed[2, 0]) == pytest.approx(odds.weight * (first - odds.bias), abs=1e-4)


def test_other_weights_than_those_pinned_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    changed = tmp_path / "beat_network.npz"
    changed.write_bytes(beat_network.WEIGHTS.read_bytes() + b"\0")
    monkeypatch.setattr(beat_network, "WEIGHTS", changed)
    with pytest.raises(ValueError, match="SHA-256"):
        trained()
