"""What is stated of the published weights: a choice for each, none of which asks for consent."""

from __future__ import annotations

from pathlib import Path

from app.harp.controls import Dropdown
from app.plugins.own import own_endpoints
from app.sources import IN_PYTHON
from endpoints.transcribe.endpoint import Transcribe
from endpoints.transcribe.languages import LANGUAGES, WITHOUT_SPACES
from endpoints.transcribe.published import BASE, FILES, PUBLISHED, TURBO

NAME = "harpist/transcribe"


def test_each_size_has_its_weights_and_is_free() -> None:
    model = next(item for item in Transcribe.inputs if isinstance(item, Dropdown) and item.name == "model")
    assert [one.weights.choice for one in PUBLISHED] == [("model", name) for name in model.choices]
    assert all(one.weights.files == FILES and len(one.weights.revision) == 40 for one in PUBLISHED)
    assert not any(one.weights.non_commercial or one.weights.pickled for one in PUBLISHED)
    assert len({one.weights.sha256["model.safetensors"] for one in PUBLISHED}) == len(PUBLISHED)


def test_only_what_stands_there_at_first_is_installed_with_it(tmp_path: Path) -> None:
    [spec] = own_endpoints({NAME: IN_PYTHON[NAME]}, tmp_path / "kept.json", 120.0, print)
    assert spec.first_weights == (BASE.weights,) and 2.9e8 < spec.weights_size < 3.0e8
    assert TURBO.weights in spec.further_weights and len(spec.further_weights) == 3
    assert spec.repeatable and spec.keeps_length and not spec.generates
    assert len(Transcribe.card.description) <= 280


def test_languages_are_in_order_and_each_has_its_own_code() -> None:
    assert list(LANGUAGES) == sorted(LANGUAGES) and len(set(LANGUAGES.values())) == len(LANGUAGES) == 100
    assert set(LANGUAGES.values()) > WITHOUT_SPACES
