import pytest

from app.harp.controls import AudioTrack, FileTrack, LabelTrack, MidiTrack, Slider, TextBox, TextTrack
from app.harp.tags import CATEGORIES, taxonomy_tags

AUDIO = AudioTrack("In", "")


def test_tags_of_a_separator():
    tags = taxonomy_tags("separation", "stem-separation", 44100, "stereo", [AUDIO], [AUDIO, AUDIO])
    assert tags == (
        "category:separation",
        "subcategory:stem-separation",
        "sample-rate:44100",
        "channels:stereo",
        "input:audio",
        "output:audio",
    )


def test_every_kind_of_input_and_output_is_named():
    slider = Slider("s", "S", "", "", 0, 1, 0, 0)
    inputs = [AUDIO, MidiTrack("Notes", ""), TextBox("prompt", "Prompt", ""), slider]
    outputs = [LabelTrack("Labels", ""), FileTrack("Score", "", file_types=(".pdf", ".xml")), FileTrack("Any", "")]
    tags = taxonomy_tags("utility", None, 22050, "mono", inputs, outputs)
    assert tags[1:] == (
        "sample-rate:22050",
        "channels:mono",
        "input:audio",
        "input:midi",
        "input:text",
        "output:labels",
        "output:file/pdf|xml",
        "output:file",
    )


def test_a_fixed_format_and_a_text_stand_in_the_tags():
    outputs = [AudioTrack("Mix", "", file_types=(".WAV", ".wave", ".aif")), TextTrack("Words", "")]
    tags = taxonomy_tags("utility", None, 44100, "stereo", [AUDIO], outputs)
    assert tags[3:] == ("input:audio", "output:audio/wav|aiff", "output:text")


@pytest.mark.parametrize("place", [("mastering", None), ("separation", "denoising"), ("utility", "")])
def test_a_place_that_harp_does_not_know_is_refused(place):
    with pytest.raises(ValueError, match="HARP knows no category"):
        taxonomy_tags(*place, 44100, "mono", [AUDIO], [AUDIO])


def test_every_place_can_be_named():
    for category, places in CATEGORIES.items():
        for place in (None, *places):
            assert taxonomy_tags(category, place, 1, "mono", [], [])[0] == f"category:{category}"
