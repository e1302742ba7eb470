"""Hostile and broken models through the whole server: the attack fails, a sentence comes back, nobody else notices."""

from __future__ import annotations

import io
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
import torch

from app.audacitorch.profile import write_profile
from app.audacitorch.trial.inspection import inspect_model
from app.sources import profile_of
from app.workers.sandbox import landlock
from tests.audacitorch.models import EFFECT, RATE, save
from tests.backend_under_test import ON_RAY
from tests.fixtures.models.catalogue import bad_models, make_all
from tests.fixtures.models.half import Half
from tests.fixtures.models.making import LOUD, SECRET, Targets
from tests.server.harp import call, upload
from tests.server.running import ROOT, RunningServer, run_server

pytestmark = pytest.mark.skipif(
    bool(landlock.missing()), reason=f"the attacks would succeed here: {landlock.missing()}"
)

MODELS = bad_models()
OFFERED = [name for name, model in MODELS.items() if not model.at_start]
LONGEST = 15 if ON_RAY else 8
"""Seconds that a job gets: beside a cluster, one that fills its memory is slower."""
TRIED = OFFERED[:3]
"""What the server itself tries before it offers it; of the others it has learnt all in an earlier life."""
LONG = ("loops_in_a_kernel",)
"""What goes on to its deadline, as another one does; a kernel that nobody wants ends in ``test_certainty.py``."""
LEFT_OUT = [name for name, model in MODELS.items() if model.at_start]


@dataclass(frozen=True)
class Scene:
    """A server that has all the models, what they go for, and what is sent."""

    server: RunningServer
    targets: Targets
    loud: Path
    innocent: Path


@pytest.fixture(scope="module")
def scene(bundled_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    home = tmp_path_factory.mktemp("hostile")
    (home / "empty").mkdir()
    for name in ("secret", "victim"):
        (home / name).write_bytes(SECRET)
    shared = SharedMemory(create=True, size=len(SECRET))
    shared.buf[: len(SECRET)] = SECRET
    library = Path(torch.__file__).parent / "lib" / "libneuralnetworks.so"
    targets = Targets(home / "secret", home / "victim", home / "empty", Path("/dev/shm") / shared.name, library)
    folders = make_all(home / "models", targets)
    save(Half(), EFFECT, home / "innocent")
    (bundled_home / "profiles").mkdir(exist_ok=True)
    for folder in (folders[name] for name in OFFERED if name not in TRIED):
        write_profile(profile_of(folder, bundled_home), inspect_model(folder), folder)
    noise = np.random.default_rng(0).uniform(-0.5, 0.5, 2 * RATE).astype(np.float32)
    soundfile.write(home / "innocent.wav", noise, RATE, subtype="FLOAT")
    noise[RATE] = (1.0 + LOUD) / 2
    soundfile.write(home / "loud.wav", noise, RATE, subtype="FLOAT")
    flags = [f"--model={folder}" for folder in (home / "innocent", *folders.values())]
    flags += ["--share-workers=no", "--memory=1", "--workers=2", "--load-timeout=30"]
    flags += [f"--job-timeout={LONGEST}", "--job-timeout-per-minute=0", "--max-scratch=64"]
    try:
        with run_server(bundled_home, *flags) as server:
            yield Scene(server, targets, home / "loud.wav", home / "innocent.wav")
    finally:
        shared.close()
        shared.unlink()
        library.unlink(missing_ok=True)


def send(scene: Scene, model: str, path: Path, client: str = "a-tab") -> tuple[str, object]:
    """Have a model run on a file, with its controls as they are; return the last event of the call."""
    base = scene.server.model(f"local/{model}")
    listing = call(base, "controls", [])[1]
    values = [upload(base, path), *(item["value"] for item in listing[0]["inputs"][1:])]
    return call(base, "process", values, client)


def returned(data: object) -> np.ndarray:
    (item,) = data
    content = httpx.get(item["url"], timeout=30).content
    return soundfile.read(io.BytesIO(content), dtype="float32")[0]


def check_untouched(scene: Scene) -> None:
    targets = scene.targets
    assert targets.secret.read_bytes() == targets.victim.read_bytes() == SECRET
    assert targets.shared.read_bytes()[: len(SECRET)] == SECRET
    assert list(targets.empty.iterdir()) == []
    assert not targets.library.exists()
    assert not list(ROOT.glob("harpist-test-*")), "a model made a file where the server runs"


def check_sentence(sentence: str, expected: str) -> None:
    assert re.fullmatch(expected, sentence), sentence
    assert "\n" not in sentence
    assert not re.search(r"/\w+/|Traceback|\\\\", sentence), sentence


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow) if name in LONG else name for name in OFFERED]
)
def test_a_model_harms_nobody_and_whoever_runs_it_reads_why(scene: Scene, name: str) -> None:
    innocent: list[tuple[str, object]] = []
    beside = threading.Thread(
        target=lambda: innocent.append(send(scene, "innocent", scene.innocent, "another-tab")), daemon=True
    )
    beside.start()
    kind, data = send(scene, name, scene.loud)
    beside.join(60)
    check_untouched(scene)
    if MODELS[name].sentence:
        assert kind == "error", data
        check_sentence(data["error"], MODELS[name].sentence)
    else:
        assert kind == "complete", data
    assert [found[0] for found in innocent] == ["complete"], innocent
    given = soundfile.read(scene.innocent, dtype="float32")[0]
    assert np.array_equal(returned(innocent[0][1]), 0.5 * given)


@pytest.mark.parametrize("name", LEFT_OUT)
def test_a_model_that_cannot_be_opened_is_not_offered(scene: Scene, name: str) -> None:
    start = f"harpist: left out local/{name}: "
    (line,) = [line for line in scene.server.lines if line.startswith(start)]
    check_sentence(line.removeprefix(start), MODELS[name].sentence)
    answer = httpx.post(
        f"{scene.server.model(f'local/{name}')}/gradio_api/call/controls", json={"data": []}, timeout=10
    )
    assert answer.status_code == 404
    check_untouched(scene)


def test_nobody_is_left_out_without_a_reason(scene: Scene) -> None:
    left_out = [line for line in scene.server.lines if line.startswith("harpist: left out")]
    assert len(left_out) == len(LEFT_OUT), "\n".join(left_out)


def test_what_one_caller_sends_never_reaches_another(scene: Scene) -> None:
    assert send(scene, "keeps_the_audio", scene.loud, "first")[0] == "complete"
    again = returned(send(scene, "keeps_the_audio", scene.loud, "first")[1])
    assert np.abs(again).max() > LOUD, "the model does keep it, for the caller whose it is"
    others = returned(send(scene, "keeps_the_audio", scene.innocent, "second")[1])
    assert np.abs(others).max() < LOUD


def test_what_a_model_prints_is_nowhere(scene: Scene) -> None:
    assert not any("nobody reads this" in line for line in scene.server.lines)


def test_the_card_tells_what_the_code_could_do(scene: Scene) -> None:
    told = {
        "reads_a_file": "Its code can open files (aten::from_file), which no model of this format needs.",
        "saves_a_tensor": "Its code can open files (aten::save), which no model of this format needs.",
        "loads_native_code": "Its code can use native classes (_nnapi.Compilation), which",
        "code_at_load_time": "It runs code of its own while it is opened (__setstate__).",
        "prints_without_end": "Its code can print text, which is shown nowhere.",
    }
    for name, sentence in told.items():
        listing = call(scene.server.model(f"local/{name}"), "controls", [])[1]
        assert sentence in listing[0]["card"]["description"]
