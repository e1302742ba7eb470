"""metadata.json against the strict schema: every limit of the format."""

from __future__ import annotations

import json

import pytest

from app.audacitorch.checking.schema import SCHEMA, check_record, check_text
from endpoints.bundled import NAMES, load
from tests.audacitorch.models import EFFECT


def codes(**changes: object) -> list[tuple[str, str]]:
    return [(finding.code, finding.sentence) for finding in check_record({**EFFECT, **changes})]


@pytest.mark.parametrize(
    "changes",
    [
        {"short_description": "x" * 60},
        {"long_description": "x" * 280},
        {"tags": ["x" * 15] * 5},
        {"sample_rate": 192000},
        {"labels": []},
        {"multichannel": True},
        {"name": "A name", "author": "An author", "license": "mit"},
        {"controls": [{"argument": "gain", "label": "Gain", "unit": "dB", "minimum": -20, "maximum": 20.5, "step": 1}]},
    ],
)
def test_what_the_format_allows_is_fine(changes) -> None:
    assert codes(**changes) == []


@pytest.mark.parametrize(
    "changes, expected",
    [
        (
            {"short_description": "x" * 61},
            ("metadata-length", "short_description has 61 characters; the format allows 60."),
        ),
        (
            {"long_description": "x" * 281},
            ("metadata-length", "long_description has 281 characters; the format allows 280."),
        ),
        ({"tags": ["a"] * 6}, ("metadata-length", "tags has 6 entries; the format allows 5.")),
        ({"tags": ["x" * 16]}, ("metadata-length", "Entry 1 of tags has 16 characters; the format allows 15.")),
        ({"tags": "a"}, ("metadata-type", "tags is “a”; a list is expected.")),
        ({"domain_tags": []}, ("metadata-empty", "domain_tags is empty.")),
        ({"sample_rate": 0}, ("metadata-value", "sample_rate is 0; 1 to 384000 is expected.")),
        ({"sample_rate": 396000}, ("metadata-value", "sample_rate is 396000; 1 to 384000 is expected.")),
        ({"sample_rate": True}, ("metadata-type", "sample_rate is “true”; a whole number is expected.")),
        ({"sample_rate": 44100.5}, ("metadata-type", "sample_rate is “44100.5”; a whole number is expected.")),
        ({"sample_rate": 44101}, ("odd-rate", "sample_rate is 44101 Hz, which is the rate of hardly any sound.")),
        ({"multichannel": "yes"}, ("metadata-type", "multichannel is “yes”; true or false is expected.")),
        ({"labels": ["a", 3]}, ("metadata-type", "Entry 2 of labels is “3”; a text is expected.")),
        (
            {"effect_type": "labeler"},
            (
                "metadata-value",
                "effect_type is “labeler”; one of waveform-to-waveform, waveform-to-labels is expected.",
            ),
        ),
        ({"controls": [{"label": "Gain"}]}, ("metadata-missing", "Entry 1 of controls has no argument.")),
        (
            {"controls": [{"argument": "gain", "step": 0}]},
            ("metadata-value", "step of Entry 1 of controls is 0; more than 0 is expected."),
        ),
    ],
)
def test_what_it_does_not_allow_is_told_with_the_number(changes, expected) -> None:
    assert codes(**changes) == [expected]


def test_what_has_no_plain_meaning_is_no_metadata() -> None:
    findings, metadata = check_text(json.dumps({**EFFECT, "sample_rate": 0}))
    assert metadata is None
    assert [finding.code for finding in findings] == ["metadata-value"]
    assert check_text("[1, 2")[1] is None
    assert [finding.code for finding in check_text("[]")[0]] == ["metadata-type"]


@pytest.mark.parametrize("old", ["domain", "domains"])
def test_keys_of_earlier_generations_are_told_once(old: str) -> None:
    record = {key: value for key, value in EFFECT.items() if key != "domain_tags"}
    assert [finding.code for finding in check_record({**record, old: "music"})] == ["metadata-old-key"]


def test_the_schema_asks_for_nothing_that_it_does_not_describe() -> None:
    assert set(SCHEMA["required"]) <= set(SCHEMA["properties"])


@pytest.mark.parametrize("name", NAMES)
def test_the_bundled_models_follow_it(name: str) -> None:
    assert list(check_record(dict(load(name).metadata))) == []
