"""The same result as the package's own, at the same settings, though it holds the whole file and we a segment."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from endpoints.stems.all_stems import FourStems, SixStems
from endpoints.stems.one_and_rest import OneAndRest
from endpoints.stems.separation import _leads
from endpoints.stems.versions import FINE_TUNED, HTDEMUCS, SIX_STEMS, Version
from tests.endpoints.stems import driving, tiny

tiny.needs_demucs()

LEAST = 60.0
"""dB."""


@pytest.fixture(scope="module")
def at(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return driving.weights(tmp_path_factory.mktemp("weights"), HTDEMUCS, FINE_TUNED, SIX_STEMS)


# A segment has 35,280 samples; a hop 26,460 at an overlap of 25 %.
@pytest.mark.parametrize(
    "samples",
    [1000, 26_461, 80_000, *(pytest.param(n, marks=pytest.mark.slow) for n in (26_460, 30_000, 35_280, 35_281))],
)
def test_every_length_is_as_in_the_package(tmp_path: Path, at: dict[str, Path], samples: int) -> None:
    sound = driving.music(samples / 44100)
    wanted = driving.by_the_package(driving.bag(at, HTDEMUCS), sound, shifts=0, overlap=0.25)
    found, outputs, _ = driving.run(driving.endpoint(FourStems, at), sound, tmp_path, exact=False)
    assert [output.label for output in outputs] == ["Vocals", "Drums", "Bass", "Other"]
    for stem, output in zip(found, outputs):
        assert stem.shape == (2, samples)
        assert driving.parity(stem, wanted[output.label.lower()]) >= LEAST, output.label


@pytest.mark.parametrize("percent", [0, 13, pytest.param(50, marks=pytest.mark.slow)])
def test_every_overlap_is_as_in_the_package(tmp_path: Path, at: dict[str, Path], percent: int) -> None:
    sound = driving.music(1.7)
    wanted = driving.by_the_package(driving.bag(at, SIX_STEMS), sound, shifts=0, overlap=percent / 100)
    found, outputs, _ = driving.run(driving.endpoint(SixStems, at), sound, tmp_path, exact=False, overlap=percent)
    assert len(found) == 6
    for stem, output in zip(found, outputs):
        assert driving.parity(stem, wanted[output.label.lower()]) >= LEAST, output.label


@pytest.mark.parametrize(("version", "shifts"), [(FINE_TUNED, 1), pytest.param(HTDEMUCS, 3, marks=pytest.mark.slow)])
def test_shifts_are_as_in_the_package_by_the_same_draws(
    tmp_path: Path, at: dict[str, Path], monkeypatch: pytest.MonkeyPatch, version: Version, shifts: int
) -> None:
    sound = driving.music(1.0)
    leads, seed = _leads(shifts, 7)
    assert seed == 7 and len(set(leads)) == shifts
    # The package draws anew for each network of a bag: give each the same.
    drawn = iter([22_050 - lead for lead in leads] * 4)
    with monkeypatch.context() as patch:
        patch.setattr(random, "randint", lambda low, high: next(drawn))
        wanted = driving.by_the_package(driving.bag(at, version), sound, shifts=shifts, overlap=0.25)
    how = {"model": version.name, "shifts": shifts, "seed": 7, "exact": False}
    found, outputs, _ = driving.run(driving.endpoint(FourStems, at), sound, tmp_path, **how)
    for stem, output in zip(found, outputs):
        assert driving.parity(stem, wanted[output.label.lower()]) >= LEAST, output.label
    assert "The seed was 7." in outputs[0].notice
    unshifted, _, _ = driving.run(driving.endpoint(FourStems, at), sound, tmp_path / "0", model=version.name)
    assert driving.parity(unshifted[0], found[0]) < LEAST


def test_what_is_chosen_is_the_sum_of_the_package_s_stems(tmp_path: Path, at: dict[str, Path]) -> None:
    sound = driving.music(0.9)
    made = driving.endpoint(OneAndRest, at)
    for version in (HTDEMUCS, FINE_TUNED, SIX_STEMS):
        wanted = driving.by_the_package(driving.bag(at, version), sound, shifts=0, overlap=0.25)
        how = {"model": version.name, "stems": ("Vocals", "Bass")}
        found, outputs, _ = driving.run(made, sound, tmp_path / version.name, **how)
        assert [output.label for output in outputs] == ["Vocals and Bass", "Rest"]
        both = wanted["vocals"] + wanted["bass"]
        assert driving.parity(found[0], both) >= LEAST
        assert driving.parity(found[1], sound - both) >= LEAST
