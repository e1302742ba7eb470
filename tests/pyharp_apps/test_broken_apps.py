"""What is wrong with an app is told in one sentence, and none of it hangs, floods or ends the server."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

from app.errors import DeadlineError, WorkerCrashError
from app.workers.sandbox.layers import layers
from tests.pyharp_apps.apps import app_spec, spec_of

BUILDS = "import gradio as gr\nfrom pyharp import ModelCard, build_endpoint\ncard = ModelCard('A', '', '', [])\n"
SOUND = "gr.Audio(type='filepath', label='Sound')"
BROKEN = {
    "its syntax": ("import gradio\ndef process_fn(path:\n    pass\n", r"app\.py, line 2: SyntaxError: '\(' was never"),
    "no text": ("\0", r"app\.py: SyntaxError"),
    "a missing library": (
        "import gradio\nimport no_such_library.part\n",
        r"line 2: it needs the package “no_such_library”, which is not installed; perhaps: .* -m pip install no_such_",
    ),
    "more than a stand-in": (
        "from symusic import Score, NoSuchThing\n",
        r"line 1: it needs symusic\.NoSuchThing, which Harpist’s stand-in for symusic lacks; .* pip install symusic",
    ),
    "more than pyharp": (
        "from pyharp import ModelCard, NoSuchThing\n",
        r"line 1: it needs pyharp\.NoSuchThing, which Harpist’s stand-in for pyharp lacks\.$",
    ),
    "its own error": ("import json\nMODEL = json.loads('{')\n", r"app\.py, line 2: JSONDecodeError: Expecting"),
    "no endpoint": ("import gradio as gr\ngr.Blocks().launch()\n", r"app\.py builds no endpoint: it never called"),
    "sys.exit": ("import sys\nsys.exit('no GPU')\n", r"app\.py ended itself \(no GPU\) before it built an endpoint\."),
    "an end": ("import os\nos._exit(7)\n", r"It ended while its file ran \(exit status 7\)\."),
    "arrays": (f"{BUILDS}build_endpoint(card, [gr.Audio(label='In')], [{SOUND}], print)", "“In” is of type “numpy”"),
    "pictures": (f"{BUILDS}build_endpoint(card, [gr.Image(label='Art')], [{SOUND}], print)", r"input “Art” \(gr.Image"),
    "too few arguments": (
        f"{BUILDS}build_endpoint(card, [{SOUND}, gr.Slider(0, 1)], [{SOUND}], lambda path: path)",
        "takes 1 arguments, where build_endpoint got 2 inputs",
    ),
    "no choices": (f"{BUILDS}build_endpoint(card, [gr.Dropdown([], label='D')], [{SOUND}], id)", "“D” makes no sense"),
    "no range": (f"{BUILDS}build_endpoint(card, [gr.Slider(1, 1, label='S')], [{SOUND}], id)", "is from 1 to 1"),
    "no results": (f"{BUILDS}build_endpoint(card, [{SOUND}], [], id)", "It returns nothing"),
    "no function": (f"{BUILDS}build_endpoint(card, [{SOUND}], [{SOUND}], None)", "TypeError: build_endpoint expects"),
}
if find_spec("torchaudio") is None:
    BROKEN["a library with a file of ours"] = (
        "import torchaudio\n",
        r"line 1: it needs the package “torchaudio”, .* -m pip install -r requirements-torchaudio\.txt$",
    )
EVIL = {
    "floods": ("import os\nwhile True:\n    for pipe in range(3, 30):\n        try:\n            "
               "os.write(pipe, bytes(1 << 20))\n        except OSError:\n            pass\n", "more than 4 MiB"),
    "nests": ("import os\nfor pipe in range(3, 30):\n    try:\n        os.write(pipe, b'[' * 200_000)\n"
              "    except OSError:\n        pass\nos._exit(0)\n", "It ended while its file ran"),
}  # fmt: skip
CLOSED = {
    "the network": (
        "import urllib.request\nurllib.request.urlopen('http://127.0.0.1:9/')\n",
        r"line 2: URLError: .* It asked for what the sandbox takes away; --permit network gives it\.$",
    ),
    "a program": ("import subprocess\nsubprocess.run(['ls'])\n", r"line 2: .*; --permit processes gives it\."),
    "your files": ("open('/etc/hostname')\n", r"line 1: PermissionError: .* Permission denied: '\(a file\)'\."),
}


def write(folder: Path, text: str) -> Path:
    own = folder / "own"
    own.mkdir()
    path = own / "app.py"
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", BROKEN)
def test_a_sentence_says_what_is_wrong(tmp_path: Path, name: str) -> None:
    text, sentence = BROKEN[name]
    with pytest.raises(WorkerCrashError, match=sentence) as caught:
        app_spec(write(tmp_path, text))
    assert str(tmp_path) not in caught.value.message and "\n" not in caught.value.message


@pytest.mark.parametrize("name", EVIL)
def test_what_it_answers_in_our_place_is_bounded(tmp_path: Path, name: str) -> None:
    text, sentence = EVIL[name]
    with pytest.raises(WorkerCrashError, match=sentence):
        app_spec(write(tmp_path, text))


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.skipif(not all(layer.active for layer in layers()), reason="this machine lacks a layer of the sandbox")
def test_what_the_sandbox_refuses_is_named(tmp_path: Path, name: str) -> None:
    text, sentence = CLOSED[name]
    with pytest.raises(WorkerCrashError, match=sentence):
        app_spec(write(tmp_path, text))


def test_one_that_hangs_is_given_up(tmp_path: Path) -> None:
    path = write(tmp_path, "import time\nwhile True:\n    time.sleep(60)\n")
    with pytest.raises(DeadlineError, match=r"did not come to its end within 2 s \(the setting load_timeout\)"):
        app_spec(path, seconds=2.0)


def test_one_that_floods_and_launches_in_a_thread_works_all_the_same() -> None:
    assert spec_of("floods").card.name == "Floods"
