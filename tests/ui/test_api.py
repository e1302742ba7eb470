"""The endpoint as ``gradio_client`` sees it."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from app.endpoint import EndpointSpec
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Slider
from app.ui.api import CANCELLED, NOTHING_RUNS, parameter_names
from tests.ui.page_site import PageSite


@pytest.fixture
def client_of(site: PageSite, tmp_path: Path) -> Iterator:
    clients = []

    def make(name: str) -> Client:
        clients.append(Client(site.endpoint(name), verbose=False, download_files=str(tmp_path / "got")))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


def wait_for(happened, seconds: float = 10.0) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def test_process_gives_the_very_files_that_the_job_wrote(site, client_of):
    harmonic, percussive = client_of("quick").predict(handle_file(site.tone), "Keep stereo", 100, api_name="/process")
    assert Path(harmonic).read_bytes() == site.tone.read_bytes()
    assert Path(percussive).read_bytes() == site.tone.read_bytes()
    assert Path(harmonic).name == "my take (1)-Harmonic.wav"


def test_controls_have_names_and_defaults(site, client_of):
    stems = client_of("quick").predict(input_audio=handle_file(site.tone), wet=50, api_name="/process")
    assert len(stems) == 2


def test_labels_come_as_harp_s_json(site, client_of):
    labels = client_of("chords").predict(handle_file(site.tone), True, 0, api_name="/process")
    assert labels["meta"] == {"_type": "pyharp.LabelList"}
    assert [label["label"] for label in labels["labels"]] == ["C major", "A minor", "<b>F</b> major"]
    assert labels["labels"][1]["t"] == 1.0


def test_a_text_comes_as_text_and_several_choices_go_as_a_list(site, client_of):
    client = client_of("words")
    assert client.predict(handle_file(site.tone), ["Rest"], api_name="/process") == "my take (1).wav:\n('Rest',)"
    assert client.predict(handle_file(site.tone), api_name="/process") == "my take (1).wav:\n('Voice', 'Rest')"
    with pytest.raises(AppError, match="Parts expects any of “Voice”, “Bass, low”, “Rest”, not “Drums”"):
        client.predict(handle_file(site.tone), ["Drums"], api_name="/process")


def test_info_tells_the_three_calls_with_their_types(client_of):
    info = client_of("quick").view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert set(info) == {"/process", "/controls", "/cancel"}
    parameters = info["/process"]["parameters"]
    assert [item["parameter_name"] for item in parameters] == ["input_audio", "channels", "wet"]
    assert [item["python_type"]["type"] for item in parameters] == [
        "filepath",
        "Literal['Keep stereo', 'Mix to mono']",
        "float",
    ]
    assert [item["python_type"]["type"] for item in info["/process"]["returns"]] == ["filepath", "filepath"]


def test_controls_answers_as_harp_reads_it(client_of):
    answer = client_of("quick").predict(api_name="/controls")
    assert answer["card"]["name"] == "Harmonic / percussive"
    assert [item["type"] for item in answer["inputs"]] == ["audio_track", "dropdown", "slider"]


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        (("Keep stereo", 150), r"Wet expects a number from 0 to 100 \(percent\), not 150\."),
        (("Sideways", 100), "Channels expects one of “Keep stereo”, “Mix to mono”, not “Sideways”."),
        (("Keep stereo", None), "Wet expects a number from 0 to 100"),
        (("Keep stereo", "loud"), "Wet expects a number from 0 to 100"),
    ],
)
def test_a_value_that_does_not_fit_gets_the_control_s_sentence(site, client_of, values, sentence):
    with pytest.raises(AppError, match=sentence):
        client_of("quick").predict(handle_file(site.tone), *values, api_name="/process")


def test_no_file_gets_a_sentence(client_of):
    with pytest.raises(AppError, match="Input Audio expects a file"):
        client_of("quick").predict(None, "Keep stereo", 100, api_name="/process")


@pytest.mark.parametrize("path", ["/etc/passwd", "/dev/zero", "../../etc/passwd", "http://localhost/a.wav"])
def test_a_file_of_the_server_is_refused(site, path):
    config = httpx.get(f"{site.endpoint('quick')}/config").json()
    files = {item["id"] for item in config["components"] if item["type"] in ("file", "audio")}
    functions = [item for item in config["dependencies"] if files & {*item["inputs"]}]
    assert len(functions) == 3, "process twice, the waveform"
    for function in functions:
        data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 100][: len(function["inputs"])]
        call = {"fn_index": function["id"], "data": data, "session_hash": f"thief{function['id']}"}
        for way in ("queue/join", "run/predict"):
            answer = httpx.post(f"{site.endpoint('quick')}/gradio_api/{way}", json=call)
            assert answer.status_code == 403
            assert answer.json()["error"].startswith("The path names no file that was uploaded")


def test_cancel_ends_the_job_of_this_client_only(site, client_of):
    mine, other = client_of("slow"), client_of("slow")
    job = mine.submit(handle_file(site.tone), "Keep stereo", 100, api_name="/process")
    wait_for(lambda: site.open_jobs() == 1)
    assert other.predict(api_name="/cancel") == NOTHING_RUNS
    assert site.open_jobs() == 1
    start = time.monotonic()
    assert mine.predict(api_name="/cancel") == CANCELLED
    assert time.monotonic() - start < 5
    assert site.open_jobs() == 0
    with contextlib.suppress(Exception):
        job.result(timeout=10)
    assert isinstance(job.exception(timeout=10), AppError)


def test_progress_reaches_the_client(site, client_of):
    client = client_of("slow")
    job = client.submit(handle_file(site.tone), "Keep stereo", 100, api_name="/process")
    wait_for(lambda: bool(job.status().progress_data))
    assert 0 <= job.status().progress_data[0].progress < 1
    client.predict(api_name="/cancel")
    assert site.open_jobs() == 0


def test_a_client_that_vanishes_stops_its_job(site):
    assert site.open_jobs() == 0
    code = (
        "import sys; from gradio_client import Client, handle_file;"
        "Client(sys.argv[1], verbose=False).predict(handle_file(sys.argv[2]), 'Keep stereo', 100, api_name='/process')"
    )
    client = subprocess.Popen([sys.executable, "-c", code, site.endpoint("slow"), str(site.tone)])
    try:
        wait_for(lambda: site.open_jobs() == 1, 30)
    finally:
        client.kill()
        client.wait()
    wait_for(lambda: site.open_jobs() == 0, 8)


def test_parameters_are_python_names_each_once():
    inputs = (
        AudioTrack("Input Audio", ""),
        AudioTrack("Input audio", ""),
        Slider("class", "Class", "", "percent", 0, 1, 0, 0),
        Slider("2nd", "2nd", "", "percent", 0, 1, 0, 0),
        Slider("request", "Request", "", "percent", 0, 1, 0, 0),
    )
    names = parameter_names(EndpointSpec("a/b", ModelCard("", "", ""), inputs, (), "x:y"))
    assert names == ["input_audio", "input_audio_", "value_class", "value_2nd", "value_request"]
