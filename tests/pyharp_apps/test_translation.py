"""Gradio's components in HARP's words, and values and results on their way back."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from app.endpoint import FileOutput, Region, TextOutput, TrackFile
from app.errors import JobCancelledError, ModelFormatError, ModelRunError
from app.harp.controls import AudioTrack, Dropdown, FileTrack, LabelTrack, MidiTrack, MultiSelect, NumberBox, Slider
from app.harp.labels import AudioLabel, MidiLabel, OutputLabel
from app.harp.tags import CATEGORIES
from app.pyharp_apps.arguments import arguments_of, check_arguments
from app.pyharp_apps.results import labels_of, results_of, values_of
from app.pyharp_apps.stand_ins import gradio as gr
from app.pyharp_apps.stand_ins import labels as theirs
from app.pyharp_apps.stand_ins import pyharp
from app.pyharp_apps.stand_ins.current import CURRENT, running
from app.pyharp_apps.stand_ins.pyharp import Built, ModelCard
from app.pyharp_apps.translation import UNUSED, described

SOUND = gr.Audio(type="filepath", label="Sound")


def built(inputs: list[Any], outputs: list[Any] | None = None, function: Any = None) -> Built:
    card = ModelCard("N", "D", "A", ["t", 3])
    return Built(card, tuple(inputs), tuple(outputs or [SOUND]), function or (lambda *_values: None))


def one(component: Any) -> Any:
    return described(built([component])).inputs[0]


def test_a_card_and_tracks() -> None:
    told = described(built([SOUND], [SOUND, gr.JSON(label="L"), gr.Textbox(label="T")]))
    assert (told.card.name, told.card.tags) == ("N", ("t", "3"))
    assert told.inputs == (AudioTrack("Sound", "Sound."),) and isinstance(told.outputs[1], LabelTrack)
    assert one(gr.File(label="M", file_types=[".mid", ".midi"]).harp_required(False)) == MidiTrack("M", "M.", False)
    assert one(gr.File(label="F", file_types=[".TXT"]).set_info("Words.")) == FileTrack("F", "Words.", True, (".txt",))
    assert one(gr.File(label="F", file_types=["audio"])).file_types == ()
    assert described(built([gr.Checkbox(True, label="C")])).inputs[1] is UNUSED
    assert described(Built(None, (SOUND,), (SOUND,), print)).card.name == "A pyharp app"


def test_places_of_the_taxonomy_become_tags() -> None:
    """As the library's documentation of 0.3.1 has them; what goes in and out is told with them."""
    listed = ["mine", pyharp.SampleRate(44100), pyharp.Subcategory.DENOISING, pyharp.Channels(2), pyharp.Channels(6)]
    card = ModelCard("N", "D", "A", [*listed, pyharp.Category.ENHANCEMENT, pyharp.Category.UTILITY])
    told = described(Built(card, (SOUND, gr.Textbox(label="T")), (SOUND, gr.JSON(label="L")), print))
    assert told.card.tags == (
        "category:enhancement", "subcategory:denoising", "category:utility",
        "mine", "sample-rate:44100", "channels:stereo", "channels:6",
        "input:audio", "input:text", "output:audio", "output:labels",
    )  # fmt: skip
    places = [place for places in CATEGORIES.values() for place in places]
    assert [place.id for place in pyharp.Subcategory] == places
    assert [place.id for place in pyharp.Category] == list(CATEGORIES)
    assert all(place.id in CATEGORIES[place.category.id] for place in pyharp.Subcategory)


def test_numbers() -> None:
    assert one(gr.Slider(-24, 24, 7, step=1, label="Pitch (semitones)")) == Slider(
        "Pitch (semitones)", "Pitch (semitones)", "Pitch (semitones).", "semitones", -24.0, 24.0, 1.0, 7.0
    )
    plain = one(gr.Slider(value=500))
    assert (plain.minimum, plain.maximum, plain.step, plain.value, plain.unit) == (0.0, 100.0, 1.0, 100.0, "number")
    assert one(gr.Slider(0, 1, label="x")).step == 0.01
    assert one(gr.Slider(0, 1, value=lambda: 0.5)).value == 0.5
    number = one(gr.Number(label="n", precision=0))
    assert isinstance(number, NumberBox) and (number.step, number.value) == (1.0, 0.0)


def test_choices() -> None:
    assert one(gr.Dropdown(["a", "b"], label="d")) == Dropdown("d", "d", "d.", ("a", "b"), "a")
    assert one(gr.Radio([("One", 1), ("Two", 2)], value=2, label="r")).value == "Two"
    assert one(gr.Dropdown([1, 2.5], value=2.5, label="d")).value == "2.5"
    several = one(gr.Dropdown(["a", "b"], value="b", multiselect=True, label="d"))
    assert isinstance(several, MultiSelect) and several.value == ("b",)
    names = described(built([gr.Checkbox(label="x"), gr.Checkbox(label="x"), SOUND])).inputs
    assert [item.name for item in names[:2]] == ["x", "x 2"] and [item.label for item in names[:2]] == ["x", "x"]


@pytest.mark.parametrize(
    ("component", "sentence"),
    [
        (gr.Image(label="I"), r"for input “I” \(gr\.Image\)"),
        (gr.Slider(0, float("nan"), label="S"), "“S” makes no sense: it has a number that is not finite"),
        (gr.Slider("a", 1, label="S"), "“S” makes no sense"),
        ("text", "It has a str where a component of Gradio is expected"),
    ],
)
def test_what_harp_cannot_show(component: Any, sentence: str) -> None:
    with pytest.raises(ModelFormatError, match=sentence):
        described(built([component]))


def passed(function: Any, inputs: list[Any], tracks: tuple[TrackFile | None, ...] = (), **controls: Any) -> Any:
    app = built(inputs, function=function)
    check_arguments(app)
    positional, named = arguments_of(app, described(app).inputs, Region(tracks, Path()), controls)
    return function(*positional, **named)


def test_values_are_passed_as_gradio_passes_them() -> None:
    inputs = [
        gr.Slider(-24, 24, step=1, label="a"),
        gr.Slider(0, 1, label="b"),
        gr.Number(precision=0, label="c"),
        gr.Dropdown([("One", 1), ("Two", 2)], label="d"),
        gr.Dropdown(["x", "y"], type="index", label="e"),
        gr.CheckboxGroup([("One", 1), ("Two", 2)], label="f"),
        gr.Textbox(label="g"),
        gr.Checkbox(label="h"),
    ]
    values = passed(lambda *given: given, inputs, a=7.0, b=1.0, c=3.0, d="Two", e="y", f=("One",), g="x", h=True)
    assert values == (7, 1.0, 3, 2, 1, [1], "x", True)
    assert [type(value) for value in values[:3]] == [int, float, int]


def test_files_and_what_is_injected() -> None:
    track = TrackFile(Path("/in/1.wav"), "take.wav")
    several = gr.File(label="m", file_count="multiple")

    def function(first: Any, second: Any, more: Any, request: gr.Request, progress: Any = gr.Progress()) -> Any:  # noqa: B008
        return first, second, more, type(request).__name__, type(progress).__name__

    told = passed(function, [SOUND, SOUND, several], (track, None, track))
    assert told == ("/in/1.wav", None, ["/in/1.wav"], "Request", "Progress")

    def in_front(progress: Any = gr.Progress(), *paths: Any) -> Any:  # noqa: B008
        return type(progress).__name__, paths

    assert passed(in_front, [SOUND], (track,)) == ("Progress", ("/in/1.wav",))
    for wrong in (lambda: 0, lambda a, b: 0):
        with pytest.raises(ModelFormatError, match="arguments, where build_endpoint got 1 inputs"):
            check_arguments(built([SOUND], function=wrong))


@pytest.fixture
def region(tmp_path: Path) -> Region:
    (tmp_path / "job").mkdir()
    return Region((TrackFile(tmp_path / "1.wav", "My take.wav"),), tmp_path / "job")


def results(region: Region, returned: Any, *outputs: Any) -> list[Any]:
    app = built([SOUND], list(outputs))
    return results_of(values_of(returned, app), described(app).outputs, region)


def test_a_file_of_the_job_is_moved_and_any_other_is_copied(region: Region) -> None:
    made, kept = region.folder / "tmp.wav", region.folder.parent / "kept.wav"
    for path in (made, kept):
        soundfile.write(path, np.zeros(8), 8000)
    moved, copied = results(region, (str(made), kept), SOUND, SOUND)
    assert [item.path.name for item in (moved, copied)] == ["My take-Sound.wav", "My take-Sound-2.wav"]
    assert not made.exists() and kept.exists() and all(item.path.is_file() for item in (moved, copied))
    still_open = region.folder / "open.wav"
    with still_open.open("wb") as file:
        file.write(b"x")
        file.flush()
        (result,) = results(region, str(still_open), SOUND)
    assert still_open.exists() and result.path.read_bytes() == b"x"


def test_every_shape_of_a_result(region: Region) -> None:
    integers = np.array([[0, 16384], [0, -32768]], np.int16)
    (sound,) = results(region, (8000, integers), SOUND)
    assert isinstance(sound, FileOutput)
    samples, rate = soundfile.read(sound.path)
    assert rate == 8000 and samples.tolist() == [[0.0, 0.5], [0.0, -1.0]]
    assert results(region, "words", gr.Textbox(label="T")) == [TextOutput("words")]
    assert results(region, [None, None], gr.Textbox(label="T"), gr.JSON())[0] == TextOutput("")
    box = gr.Textbox(label="T")
    app = built([SOUND], [box])
    assert values_of({box: gr.update(value="new")}, app) == ["new"]
    assert values_of(gr.Textbox(value="x"), app) == ["x"]


@pytest.mark.parametrize(
    ("returned", "sentence"),
    [
        (None, "returned nothing for “Sound”"),
        ("/no/such/file.wav", "at which there is no file"),
        ("/", "at which there is no file"),
        ("\0", "no file|cannot be read"),
        (3, "returned int for “Sound”"),
        ((1.5, np.zeros(3)), "no rate and samples"),
        (("a", "b"), "returned tuple for “Sound”"),
    ],
)
def test_a_result_that_is_none(region: Region, returned: Any, sentence: str) -> None:
    with pytest.raises(ModelRunError, match=sentence):
        results(region, returned, SOUND)


def test_too_few_results(region: Region) -> None:
    with pytest.raises(ModelRunError, match="The app returned 1 values, and it has 2 outputs"):
        results(region, "a", SOUND, SOUND)


def test_labels_of_every_kind() -> None:
    listed = theirs.LabelList()
    listed.append(theirs.MidiLabel(t=np.float32(2.0), label=60, pitch=np.int64(60)))
    listed.extend([theirs.AudioLabel(t=-0.5, label="a", duration=1.0, amplitude=0.25)])
    told = labels_of(listed)
    assert told.labels == (AudioLabel(0.0, "a", 1.0, amplitude=0.25), MidiLabel(2.0, "60", pitch=60.0))
    assert labels_of({"labels": [{"t": 1, "label": "x", "label_type": "OutputLabel"}]}).labels == (
        OutputLabel(1.0, "x"),
    )
    assert labels_of(None).labels == labels_of([]).labels == ()
    for wrong, sentence in (
        (3, "returned int where a LabelList"),
        (["x"], "returned a str among its labels"),
        ([theirs.AudioLabel(t=float("nan"), label="x")], "whose t is not a finite number"),
        ([theirs.AudioLabel(t=0, label="x", amplitude="high")], "whose amplitude is not a finite"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ModelRunError, match=sentence):
            labels_of(wrong)


class Told:
    def __init__(self) -> None:
        self.fractions: list[float] = []

    def report(self, fraction: float) -> None:
        self.fractions.append(fraction)
        if len(self.fractions) > 20:
            raise JobCancelledError("enough")


def test_progress_in_every_form(tmp_path: Path) -> None:
    import tqdm

    progress, told = gr.Progress(track_tqdm=True), Told()
    with running(told, tmp_path):
        progress(0.25, desc="x")
        progress((1, 2))
        progress(3, total=4)
        progress(None)
        progress(7.0)
        assert list(progress.tqdm([1, 2], desc="y")) == [1, 2]
        assert told.fractions == [0.25, 0.5, 0.75, 0.75, 1.0, 0.0, 0.5, 1.0]
        with (tmp_path / "bar").open("w") as bar:
            for _ in tqdm.tqdm(range(4), mininterval=0, file=bar):
                pass
        assert told.fractions[-1] == 1.0 and len(told.fractions) > 9
        with pytest.raises(JobCancelledError):
            list(progress.tqdm(iter(int, 1)))
    progress(0.5)
    assert CURRENT.job is None


def test_what_an_app_may_do_with_gradio() -> None:
    with gr.Blocks(theme=gr.themes.Soft(primary_hue="red")).queue(max_size=3) as demo, gr.Row(), gr.Tab("x"):
        button = gr.Button("go", variant="primary")
        button.click(print, inputs=[], outputs=[]).then(print).success(print)
        gr.on([button.click], fn=print)

        @button.click(inputs=[])
        def clicked() -> int:
            return 3

    assert clicked() == 3 and inspect.isfunction(clicked)
    assert demo.launch(share=True)[0] is None, "outside an app's file a launch does nothing"
    assert gr.components.Audio is gr.Audio and gr.Image is gr.Image
    with pytest.raises(gr.Error, match="no"):
        raise gr.Error("no", duration=3, title="t")
