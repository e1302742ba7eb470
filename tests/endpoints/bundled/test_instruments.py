"""A strummed guitar and a beat, which code makes; the network itself is tested beside its original."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest
import torch

from endpoints.bundled import load
from tests.endpoints.bundled.scripted import Labeler
from tests.endpoints.bundled.test_labelers_at_seams import labels_of

RATE = 16000
GUITAR, DRUMS = np.split(load("instruments").example()[0][0].astype(np.float64), 2)


@pytest.fixture(scope="module")
def labeler() -> Labeler:
    return Labeler("instruments")


def told(labeler: Labeler, sound: np.ndarray, **controls: object) -> dict[str, list[tuple[float, float, float]]]:
    """Start, end and probability of each label, by name."""
    with torch.inference_mode():
        rows, times = labeler.model(torch.from_numpy(sound.astype(np.float32))[None], **controls)
    found = defaultdict(list)
    for row, (start, end) in zip(rows, times.tolist(), strict=True):
        assert (row > 0).sum() == 1
        found[labeler.classes[int(row.argmax())]].append((start, end, float(row.max())))
    return found


def starts(labels: list[tuple[float, float, float]]) -> list[float]:
    return [start for start, _, _ in labels]


def test_a_guitar_and_then_drums_are_told(labeler: Labeler) -> None:
    found = told(labeler, np.concatenate([GUITAR, DRUMS]))
    assert starts(found["guitar"])[:3] == [0, 1, 2]
    assert starts(found["drums (all)"])[-3:] == [5, 6, 7]
    assert not {0.0, 1.0, 2.0} & set(starts(found["drums (all)"]))
    assert not {5.0, 6.0, 7.0} & set(starts(found["guitar"]))


def test_soft_sound_is_raised_to_a_records_level(labeler: Labeler) -> None:
    strummed = GUITAR[RATE : 3 * RATE]
    soft, loud = told(labeler, strummed / 40, least=5.0), told(labeler, strummed, least=5.0)
    unraised = told(labeler, strummed / 40, least=5.0, match_level=False)
    assert starts(loud["guitar"]) == [0, 1]
    assert soft["guitar"][0][2] == pytest.approx(loud["guitar"][0][2], abs=1e-3)
    assert unraised["guitar"][0][2] != pytest.approx(loud["guitar"][0][2], abs=0.05)


def test_only_the_most_probable_are_told_and_none_below_the_least(labeler: Labeler) -> None:
    chord = GUITAR[: 2 * RATE]
    many = told(labeler, chord, shown="all tags", least=2.0, most=6)
    few = told(labeler, chord, shown="all tags", least=2.0, most=2)
    sure = told(labeler, chord, shown="all tags", least=30.0, most=6)
    at_start = {name: p for name, labels in many.items() for start, _, p in labels if start == 0}
    assert len(at_start) == 6
    best = sorted(at_start, key=lambda name: -at_start[name])
    assert {name for name, labels in few.items() if 0 in starts(labels)} == set(best[:2])
    assert {name for name, labels in sure.items() if 0 in starts(labels)} == {n for n in best if at_start[n] >= 0.3}


def test_a_family_is_as_probable_as_its_likeliest_tag(labeler: Labeler) -> None:
    tags = told(labeler, DRUMS[: 2 * RATE], shown="all tags", least=1.0, most=10)
    (family, *_) = told(labeler, DRUMS[: 2 * RATE], least=1.0)["drums (all)"]
    assert family[2] == pytest.approx(max(tags[name][0][2] for name in ("drums", "beat", "beats")))


def test_the_other_tag_set_has_genres(labeler: Labeler) -> None:
    found = told(labeler, GUITAR[: 2 * RATE], shown="all tags", tag_set="Million Song Dataset", least=10.0)
    assert set(found) <= set(labeler.classes)
    assert {"acoustic", "rock", "folk", "indie", "instrumental", "guitar", "blues"} & set(found)
    assert not {"slow", "no vocals", "piano"} & set(found)


def test_a_short_sound_is_repeated_and_not_drowned_in_silence(labeler: Labeler) -> None:
    short = GUITAR[: RATE + RATE // 2 - 200]
    found = told(labeler, short, least=5.0)
    repeated = told(labeler, np.tile(short, 3)[: 187 * 256], least=5.0)
    assert [end for _, end, _ in found["guitar"]] == pytest.approx([1, len(short) / RATE])
    assert found["guitar"][0][2] == pytest.approx(repeated["guitar"][0][2], abs=1e-4)
    assert found["guitar"][0][2] > 0.25


def test_silence_between_sounds_has_no_label_and_is_not_heard(labeler: Labeler) -> None:
    gap = np.zeros(2 * RATE)
    found = told(labeler, np.concatenate([GUITAR, gap, DRUMS, gap]))
    alone = told(labeler, DRUMS)
    assert max(end for _, end, _ in found["guitar"]) <= 4
    assert starts(found["drums (all)"]) == [6, 7, 8, 9]
    assert [p for _, _, p in found["drums (all)"]] == pytest.approx([p for _, _, p in alone["drums (all)"]], abs=0.02)


def test_every_sound_keeps_the_promises(labeler: Labeler) -> None:
    rng = np.random.default_rng(0)
    for samples in (1, 2, 255, 257, 5000, RATE):
        labeler.run(rng.standard_normal(samples) * 0.3, pad=float(samples % 2))
    for gain in (1e-30, 1e9):
        labeler.run(DRUMS[:RATE] * gain)
    assert labeler.run(np.zeros(60 * RATE))[0].shape == (0, len(labeler.classes))
    plain, padded = labeler.run(GUITAR[: 3 * RATE + 99]), labeler.run(GUITAR[: 3 * RATE + 99], pad=6.0)
    torch.testing.assert_close(plain, padded, atol=1e-5, rtol=0)


def test_a_region_in_chunks_gets_the_labels_of_the_whole(labeler: Labeler, tmp_path: Path) -> None:
    """Two chunks share 50 to 60 s; the sound begins off every grid, and is only where it matters."""
    sound = np.zeros(65 * RATE)
    at = 49 * RATE + 4321
    sound[at : at + 12 * RATE] = np.concatenate([GUITAR, DRUMS, GUITAR])
    whole = [(name, a, b) for name, labels in told(labeler, sound).items() for a, b, _ in labels]
    found = labels_of("instruments", sound, tmp_path, join=False)
    assert {name for name, _, _ in found} >= {"guitar", "drums (all)"}
    assert len(found) > 10
    near = [(name, pytest.approx(a, abs=1e-5), pytest.approx(b, abs=1e-5)) for name, a, b in sorted(whole)]
    assert sorted(found) == near
