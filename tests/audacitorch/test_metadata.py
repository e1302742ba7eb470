from __future__ import annotations

import json

import pytest

from app.audacitorch.metadata import LABELS, WAVEFORM, parse_metadata, read_metadata
from app.errors import ModelFormatError

LATEST = {
    "sample_rate": 44100,
    "domain_tags": ["music", "speech"],
    "short_description": "Takes a mix apart.",
    "long_description": "Takes a mix of drums and bass apart.",
    "tags": ["drums", "bass"],
    "labels": ["Drums", "Bass"],
    "effect_type": "waveform-to-waveform",
    "multichannel": False,
}


def parse(**changes: object):
    record = {**LATEST, **changes}
    return parse_metadata(json.dumps({key: value for key, value in record.items() if value is not None}))


def test_the_latest_generation_is_read_without_a_warning():
    metadata = parse(name="Taker", author="Somebody")
    assert metadata.sample_rate == 44100
    assert metadata.domains == ("music", "speech")
    assert metadata.short_description == "Takes a mix apart."
    assert metadata.long_description == "Takes a mix of drums and bass apart."
    assert metadata.tags == ("drums", "bass")
    assert metadata.labels == ("Drums", "Bass")
    assert metadata.effect_type == WAVEFORM
    assert not metadata.multichannel
    assert (metadata.name, metadata.author) == ("Taker", "Somebody")
    assert metadata.warnings == ()


@pytest.mark.parametrize("kind, effect_type", [("source-separation", WAVEFORM), ("labeler", LABELS)])
@pytest.mark.parametrize("key", ["effect_type", "effect"])
def test_older_generations_are_read_without_a_warning(kind, effect_type, key):
    record = {"sample_rate": 16000, "domain": "speech", "description": "An old one.", "labels": ["a"], key: kind}
    metadata = parse_metadata(json.dumps(record))
    assert metadata.effect_type == effect_type
    assert metadata.domains == ("speech",)
    assert metadata.short_description == "An old one."
    assert metadata.long_description == ""
    assert metadata.tags == ()
    assert not metadata.multichannel
    assert metadata.warnings == ()


@pytest.mark.parametrize("key", ["domain_tags", "domain", "domains"])
@pytest.mark.parametrize("value", ["music", ["music"]])
def test_every_key_of_the_domains_is_read(key, value):
    metadata = parse(**{"domain_tags": None, key: value})
    assert metadata.domains == ("music",)
    assert metadata.warnings == ()


def test_a_trailing_comma_is_a_warning():
    text = '{"sample_rate": 8000, "domain": ["music",], "description": "ends in ,]", "effect": "labeler",\n}'
    metadata = parse_metadata(text)
    assert metadata.domains == ("music",)
    assert metadata.short_description == "ends in ,]"
    assert metadata.warnings == ("metadata.json has a trailing comma.",)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_backslash_before_a_line_break_goes_on_with_the_line(newline):
    text = json.dumps(LATEST).replace("Takes a mix of", f"Takes a \\{newline}    mix of")
    metadata = parse_metadata(text)
    assert metadata.long_description == "Takes a mix of drums and bass apart."
    assert metadata.warnings == ("A string in metadata.json has a backslash before a line break.",)


def test_a_bare_line_break_in_a_string_is_a_warning():
    metadata = parse_metadata(json.dumps(LATEST).replace("Takes a mix of", "Takes a mix\nof"))
    assert metadata.long_description == "Takes a mix of drums and bass apart."
    assert metadata.warnings == ("A string in metadata.json has a line break or tab.",)


def test_escapes_survive_a_repair():
    text = '{"sample_rate": 8000, "domain": "other", "description": "a \\"b\\", \\\\ c\\u00e9", "effect": "labeler",}'
    assert parse_metadata(text).short_description == 'a "b", \\ cé'


def test_a_short_description_of_84_characters_is_kept_with_a_warning():
    metadata = parse(short_description="x" * 84)
    assert metadata.short_description == "x" * 84
    assert metadata.warnings == ("short_description has 84 characters; the format allows 60.",)


def test_a_long_description_beyond_280_characters_is_kept_with_a_warning():
    metadata = parse(long_description="y" * 300)
    assert len(metadata.long_description) == 300
    assert metadata.warnings == ("long_description has 300 characters; the format allows 280.",)


def test_a_capitalised_domain_is_a_warning():
    metadata = parse(domain_tags=["Music"])
    assert metadata.domains == ("music",)
    assert metadata.warnings == ("The domain tags are not in lower case.",)


def test_labels_keep_their_places():
    metadata = parse(labels=["a", "", 3, "d"])
    assert metadata.labels == ("a", "", "3", "d")
    assert metadata.warnings == ("Not every label is text.",)
    assert parse(labels=[f"label {n}" for n in range(75)]).labels[74] == "label 74"


@pytest.mark.parametrize("raw, value", [("true", True), ("False", False), (1, True), (0, False)])
def test_multichannel_in_other_words_is_a_warning(raw, value):
    metadata = parse(multichannel=raw)
    assert metadata.multichannel is value
    assert metadata.warnings == ("multichannel is not written as true or false.",)


@pytest.mark.parametrize("raw", ["44100", 44100.0])
def test_a_sample_rate_with_a_plain_meaning_is_a_warning(raw):
    metadata = parse(sample_rate=raw)
    assert metadata.sample_rate == 44100
    assert metadata.warnings == ("sample_rate is not written as a whole number.",)


@pytest.mark.parametrize("raw", [-44100, 0, 396001, 44100.5, "fast", "", True, [44100], float("nan"), 10**400])
def test_a_sample_rate_without_a_plain_meaning_is_refused(raw):
    with pytest.raises(
        ModelFormatError, match=r"^The model's sample_rate is “.*”; a whole number of Hz from 1 to 396000"
    ):
        parse(sample_rate=raw)


def test_a_missing_sample_rate_is_refused():
    with pytest.raises(ModelFormatError, match="has no sample_rate; a whole number of Hz"):
        parse(sample_rate=None)


@pytest.mark.parametrize(
    "text", ["", "sample_rate: 44100", "[1]", "null", "{", "[" * 100_000, '{"sample_rate": ' + "9" * 5000 + "}"]
)
def test_what_is_no_object_is_refused(text):
    with pytest.raises(ModelFormatError) as caught:
        parse_metadata(text)
    assert "\n" not in caught.value.message


def test_text_of_strangers_is_put_on_one_line():
    metadata = parse(name="a\nb\x1b[31m\u202ec", author="  \t ")
    assert metadata.name == "a b [31m c"
    assert metadata.author == ""


def test_more_tags_than_five_and_longer_than_fifteen_are_warnings():
    warnings = parse(tags=["a" * 20, *"bcdef"]).warnings
    assert warnings[0] == "There are 6 tags; the format allows 5."
    assert warnings[1].endswith("has 20 characters; the format allows 15.")


def test_an_unknown_effect_type_is_a_warning():
    metadata = parse(effect_type="waveform-to-midi")
    assert metadata.effect_type == ""
    assert "neither waveform-to-waveform nor waveform-to-labels" in metadata.warnings[0]


def test_a_folder_is_read_with_the_licence_of_its_readme(tmp_path):
    (tmp_path / "metadata.json").write_bytes(b"\xef\xbb\xbf" + json.dumps(LATEST).encode())
    (tmp_path / "README.md").write_text("---\ntags: audacity\nlicense: cc-by-4.0\n---\n# Model\n")
    metadata = read_metadata(tmp_path)
    assert metadata.licence == "cc-by-4.0"
    assert metadata.warnings == ()


def test_a_folder_without_a_readme_states_no_licence(tmp_path):
    (tmp_path / "metadata.json").write_text(json.dumps(LATEST))
    assert read_metadata(tmp_path).licence == ""


def test_a_file_that_is_not_utf8_is_a_warning(tmp_path):
    (tmp_path / "metadata.json").write_bytes(
        json.dumps({**LATEST, "author": "J\xf6rg"}, ensure_ascii=False).encode("latin-1")
    )
    metadata = read_metadata(tmp_path)
    assert metadata.author == "Jörg"
    assert metadata.warnings == ("metadata.json is not UTF-8; it was read as Latin-1.",)


def test_a_missing_or_huge_file_is_refused(tmp_path):
    with pytest.raises(ModelFormatError, match=r"has no metadata\.json"):
        read_metadata(tmp_path)
    (tmp_path / "metadata.json").write_bytes(b" " * (1024 * 1024 + 1))
    with pytest.raises(ModelFormatError, match="larger than 1 MiB"):
        read_metadata(tmp_path)


@pytest.mark.parametrize("raw", [0, -1, 2.5, True, "512", 2**40])
def test_a_grid_that_is_no_count_of_samples_is_left_out(raw):
    metadata = parse(grid=raw, context=160)
    assert (metadata.grid, metadata.context) == (1, 160)
    assert (
        len(metadata.warnings) == 1
        and "a whole number of samples from 1 to 1048576 is expected" in metadata.warnings[0]
    )


def test_a_labelers_grid_and_context_are_read():
    assert (parse(grid=512, context=0).grid, parse(grid=512).context) == (512, 0)
    assert parse(grid=512).warnings == ()
    assert "context is “-1”, which means nothing" in parse(context=-1).warnings[0]
