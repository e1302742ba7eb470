"""Parts that a spectrogram was made of are found again."""

from __future__ import annotations

import pytest
import torch

from endpoints.tagbox.factorisation import carried, factorise, first_spectra


def _made() -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(3)
    spectra = torch.zeros(40, 3)
    spectra[:10, 0], spectra[8:25, 1], spectra[30:, 2] = 1.0, 0.5, 2.0
    strengths = (torch.rand(3, 60, generator=draw) > 0.6).float() + 0.01
    return strengths, spectra @ strengths


def test_the_parts_of_a_sum_are_found_and_sum_to_it() -> None:
    strengths, whole = _made()
    found, how_strong = factorise(whole, first_spectra(40, 3, 1), 300, lambda: None)
    assert torch.allclose(found.sum(0), torch.ones(3), atol=1e-5)
    assert float((found @ how_strong - whole).abs().max()) < 0.05
    alike = torch.corrcoef(torch.cat([how_strong, strengths]))[:3, 3:].amax(0)
    assert float(alike.min()) > 0.99


def test_a_search_that_begins_where_another_ended_keeps_each_part_in_its_place() -> None:
    _, whole = _made()
    found, _ = factorise(whole, first_spectra(40, 3, 1), 200, lambda: None)
    again, _ = factorise(whole.flip(1), carried(found), 60, lambda: None)
    assert torch.equal(torch.corrcoef(torch.cat([again.T, found.T]))[:3, 3:].argmax(1), torch.arange(3))


def test_silence_is_no_trouble_and_a_search_can_be_ended() -> None:
    spectra, strengths = factorise(torch.zeros(40, 10), first_spectra(40, 3, 1), 5, lambda: None)
    assert torch.isfinite(spectra).all() and torch.isfinite(strengths).all()
    with pytest.raises(InterruptedError):
        factorise(torch.ones(40, 10), first_spectra(40, 3, 1), 5, _end)


def _end() -> None:
    raise InterruptedError
