import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.errors import ControlError, RequestError
from app.harp.card import ModelCard
from app.harp.controls import (
    AudioTrack,
    Dropdown,
    FileTrack,
    LabelTrack,
    MidiTrack,
    MultiSelect,
    NumberBox,
    Slider,
    TextBox,
    TextTrack,
    Toggle,
)
from app.harp.labels import AudioLabel, LabelList, MidiLabel, OutputLabel, SpectrogramLabel, text_label
from app.harp.wire import (
    controls_answer,
    error_answer,
    file_answer,
    fill_in,
    label_from_json,
    label_json,
    labels_answer,
    parse_values,
)

AUDIO = AudioTrack("Input", "What to process.")
SIDE = AudioTrack("Side chain", "What to follow.", required=False)
SCORE = FileTrack("Score", "Notes.", required=False, file_types=(".xml",))
MODE = Dropdown("mode", "Mode", "Which.", ("One", "Two"), "Two")
WET = Slider("wet", "Wet", "How much.", "percent", 0.0, 100.0, 1.0, 100.0)
JOIN = Toggle("join", "Join", "Whether.", True)
LEAST = NumberBox("least", "Least", "How long.", "seconds", 0.0, 10.0, 0.0, 0.5)
NOTE = TextBox("note", "Note", "Anything.")
INPUTS = (AUDIO, SIDE, SCORE, MODE, WET, JOIN, LEAST, NOTE)


def test_one_answer_serves_every_client():
    outputs = (AudioTrack("Stem", "One."), LabelTrack("Labels", "Times."), MidiTrack("Notes", "Played."))
    answer = controls_answer(ModelCard("Name", "Author", "Text.", ("tag",)), INPUTS, outputs)
    assert answer["card"] == {
        "name": "Name",
        "author": "Author",
        "description": "Text.",
        "tags": ["tag"],
        "midi_in": False,
        "midi_out": True,
    }
    assert answer["ctrls"] == answer["inputs"]
    assert [item["type"] for item in answer["inputs"]] == [
        "audio_track",
        "audio_track",
        "generic_file",
        "dropdown",
        "slider",
        "toggle",
        "number_box",
        "text_box",
    ]
    assert [item.get("ctrl_type") for item in answer["inputs"]] == [
        "audio_in",
        "audio_in",
        None,
        "dropdown",
        "slider",
        "toggle",
        "number_box",
        "text",
    ]
    by_label = {item["label"]: item for item in answer["inputs"]}
    assert by_label["Mode"]["choices"] == [["One", "One"], ["Two", "Two"]] and by_label["Mode"]["value"] == "Two"
    assert by_label["Least"]["min"] == by_label["Least"]["minimum"] == 0.0
    assert by_label["Least"]["max"] == by_label["Least"]["maximum"] == 10.0
    assert by_label["Join"]["value"] is True
    assert by_label["Side chain"]["required"] is False and by_label["Input"]["required"] is True
    assert by_label["Score"]["file_types"] == [".xml"]
    assert [item["type"] for item in answer["outputs"]] == ["audio_track", "json", "midi_track"]
    assert all(isinstance(item[key], str) for item in answer["inputs"] for key in ("type", "label", "info"))
    json.dumps(answer, allow_nan=False)


def test_several_choices_are_a_list_and_a_text_is_labels():
    parts = MultiSelect("parts", "Parts", "Which.", ("One", "Two"), ("Two",))
    answer = controls_answer(ModelCard("Name", "Author", "Text."), (AUDIO, parts), (TextTrack("Words", "Said."),))
    assert answer["inputs"][1] == {
        "type": "dropdown",
        "ctrl_type": "dropdown",
        "label": "Parts",
        "info": "Which.",
        "choices": [["One", "One"], ["Two", "Two"]],
        "value": ["Two"],
        "multiselect": True,
    }
    # HARP 3.1 would refuse any other type, and draws the text on the sound in front of it.
    assert [item["type"] for item in answer["outputs"]] == ["audio_track", "json"]
    assert parse_values((AUDIO, parts), [file("/a"), ["Two", "One"]])[1] == {"parts": ("One", "Two")}
    assert fill_in((AUDIO, parts), ["/a"], early=True) == ["/a", ("Two",)]
    assert parse_values((AUDIO, parts), fill_in((AUDIO, parts), ["/a"], early=True))[1] == {"parts": ("Two",)}


def test_a_plain_label_is_one_that_the_oldest_clients_know():
    plain = LabelList((OutputLabel(1.0, "a", 0.5), MidiLabel(2.0, "b", pitch=60.0)))
    kinds = {early: [label["label_type"] for label in labels_answer(plain, early=early)["labels"]] for early in (0, 1)}
    assert kinds == {0: ["OutputLabel", "MidiLabel"], 1: ["AudioLabel", "MidiLabel"]}


def test_a_text_s_label_is_short_and_tells_all_of_it_on_hover():
    text = "word " * 100 + "\nlast"
    (label,) = text_label(text).labels
    assert (label.t, len(label.label), label.label[-1], label.description) == (0.0, 60, "…", text)
    assert text_label(" \n ").labels == ()


def file(path: str) -> dict[str, object]:
    return {"path": path, "meta": {"_type": "gradio.FileData"}}


def test_values_by_position():
    paths, controls = parse_values(INPUTS, [file("/a.wav"), None, None, "One", 50, False, 1.5, "text"])
    assert paths == ["/a.wav", None, None]
    assert controls == {"mode": "One", "wet": 50.0, "join": False, "least": 1.5, "note": "text"}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "Expected {"),
        ({}, "Expected {"),
        ([], "Expected 8 values"),
        ([None, *[None] * 7], "Input expects a file, and none was sent"),
        (["", *[None] * 7], "Input expects a file as"),
        ([{"path": 5}, *[None] * 7], "Input expects a file as"),
        ([{"url": "http://example.org/a.wav"}, *[None] * 7], "Input expects a file as"),
        ([["/a.wav"], *[None] * 7], "Input expects a file as"),
    ],
)
def test_values_that_fit_no_call_get_a_sentence(data, sentence):
    with pytest.raises(RequestError, match=sentence):
        parse_values(INPUTS, data)


def test_a_control_names_itself():
    with pytest.raises(ControlError, match="Mode expects one of"):
        parse_values(INPUTS, ["/a", None, None, "Three", 50, False, 1, ""])


def test_what_older_clients_leave_out_is_put_in():
    everything = ["/a", None, None, "One", 50, False, 1, "text"]
    for early in (False, True):
        assert fill_in(INPUTS, everything, early=early) == everything
        # No client before 4.0 knows the score.
        without_score = ["/a", None, "One", 50, False, 1, "text"]
        assert fill_in(INPUTS, without_score, early=early) == everything
    oldest = ["/a", None, 50, 1, "text"]
    assert fill_in(INPUTS, oldest, early=True) == ["/a", None, None, "Two", 50, True, 1, "text"]
    assert fill_in(INPUTS, oldest, early=False) == oldest
    for other in ([], ["/a"], "text", None, {"0": 1}):
        assert fill_in(INPUTS, other, early=True) == other


def test_a_file_has_what_clients_use():
    assert file_answer("jobs/1/a.wav", "http://localhost/file=jobs/1/a.wav") == {
        "path": "jobs/1/a.wav",
        "url": "http://localhost/file=jobs/1/a.wav",
        "meta": {"_type": "gradio.FileData"},
    }
    assert file_answer("a.wav", "http://localhost/a.wav", "Turned down.") == {
        **file_answer("a.wav", "http://localhost/a.wav"),
        "notice": "Turned down.",
    }


def test_no_labels_are_an_empty_list_and_no_field_is_null():
    assert labels_answer(LabelList()) == {"meta": {"_type": "pyharp.LabelList"}, "labels": []}
    assert labels_answer(LabelList((), "Cut.")) == {**labels_answer(LabelList()), "notice": "Cut."}
    assert label_json(AudioLabel(1.0, "a")) == {"label_type": "AudioLabel", "t": 1.0, "label": "a", "color": 0}


numbers = st.floats(-1e6, 1e6)
common = {
    "t": numbers,
    "label": st.text(),
    "duration": st.none() | numbers,
    "description": st.none() | st.text(),
    "color": st.integers(0, 2**32 - 1),
    "link": st.none() | st.text(),
}
labels = st.one_of(
    st.builds(OutputLabel, **common),
    st.builds(AudioLabel, **common, amplitude=st.none() | numbers),
    st.builds(SpectrogramLabel, **common, frequency=st.none() | numbers),
    st.builds(MidiLabel, **common, pitch=st.none() | numbers),
)


@given(labels)
def test_a_label_survives_the_wire(label):
    assert label_from_json(json.loads(json.dumps(label_json(label)))) == label


@pytest.mark.parametrize(
    "changed",
    [
        {"label_type": "Other"},
        {"t": "1"},
        {"t": None},
        {"t": True},
        {"t": float("nan")},
        {"duration": float("inf")},
        {"duration": 10**400},
        {"label": 5},
        {"label": None},
        {"description": 5},
        {"link": ["x"]},
        {"color": 1.5},
        {"color": -1},
        {"color": 2**40},
        {"pitch": 60.0},
        {"amplitude": "loud"},
        {"unknown": 1},
    ],
)
def test_what_is_no_label_is_refused(changed):
    record = {"label_type": "AudioLabel", "t": 1.0, "label": "a", "color": 0}
    with pytest.raises(ValueError, match="label"):
        label_from_json({**record, **changed})


@given(st.text(max_size=600))
def test_an_error_is_one_line_that_no_client_misreads(message):
    shown = error_answer(message)["error"]
    assert len(shown) <= 200 and "503" not in shown
    assert len(shown.splitlines()) <= 1


def test_an_error_keeps_its_words():
    assert error_answer("The file\nis empty.") == {"error": "The file is empty."}
    assert error_answer("x" * 300)["error"] == "x" * 199 + "…"
