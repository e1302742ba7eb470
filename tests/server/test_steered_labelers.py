"""A labeler of the hub is installed while the server runs: from then on it can listen, and no longer once removed."""

from __future__ import annotations

from pathlib import Path

import soundfile

from tests.endpoints.tagbox.tone_labeler import save_labeler
from tests.endpoints.tagbox.toys import tones
from tests.hub_server.server import serve_hub
from tests.server.harp import call, upload
from tests.server.manager import install, models, order
from tests.server.running import RunningServer, run_server

NAME, LABELER, DEAF = "harpist/steered-separation", "someone/tones", "someone/deaf"


def taggers(server: RunningServer) -> list[str]:
    """What HARP shows as those who may listen."""
    _, [record] = call(server.model(NAME), "controls", [])
    control = next(item for item in record["inputs"] if item["label"] == "Tagger")
    return [choice[0] for choice in control["choices"]]


def test_a_labeler_listens_from_its_installation_to_its_removal(tmp_path: Path) -> None:
    low, high = tones(1.0)
    soundfile.write(tmp_path / "take.wav", (low + high).numpy(), 16000, "PCM_16")
    (tmp_path / "stated.json").write_text("{}")
    with serve_hub() as hub:
        for name, kind in ((LABELER, "probabilities"), (DEAF, "cut")):
            folder = save_labeler(tmp_path / kind, kind)
            hub.add(name, {file: (folder / file).read_bytes() for file in ("model.pt", "metadata.json")})
        stated = {"HF_ENDPOINT": hub.url, "TEST_STATED": str(tmp_path / "stated.json"), "TEST_PREFIX": NAME}
        with run_server(tmp_path / "home", module="tests.server.stems", **stated) as server:
            assert taggers(server) == ["musicnn", "FCN", "musicnn MSD"]
            for name in (LABELER, DEAF):
                assert install(server.url, name)["state"] == "done"
            assert taggers(server) == ["musicnn", "FCN", "musicnn MSD", LABELER], "one lets no gradient through"
            _, [record] = call(server.model(NAME), "controls", [])
            values = {item["label"]: item.get("value") for item in record["inputs"]}
            sent = {**values, "Input Audio": upload(server.model(NAME), tmp_path / "take.wav")}
            sent |= {"Tagger": [LABELER], "Own tags": "high tone"}
            kind, data = call(server.model(NAME), "process", list(sent.values()))
            assert kind == "complete" and "The tagger hears high tone at" in data[0]["notice"], data
            assert models(server.url)[NAME]["source"] == "bundled"
            order(server.url, "remove", id=LABELER).raise_for_status()
            assert taggers(server) == ["musicnn", "FCN", "musicnn MSD"]
            kind, data = call(server.model(NAME), "process", list(sent.values()))
            assert kind == "error" and "Tagger expects any of “musicnn”, “FCN”, “musicnn MSD”" in str(data)
