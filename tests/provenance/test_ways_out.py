"""Every way out of the server says where a result came from: HARP, the page, its zip, gradio_client; or none does."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file

from app import __version__
from app.provenance.record import Provenance, parse
from app.provenance.stamping import provenance_in
from tests.fixtures.endpoints.mirror import Mirror, Reader, Teller, spec
from tests.provenance.containers import heard, sound
from tests.serving import Site, site
from tests.ui.page_site import PageSite, page_site
from tests.wire.clients import CLIENTS

CONTROLS = {"channels": "Keep stereo", "wet": 0.3, "join": True, "seconds": 0.0, "note": "as it is"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    mirror = replace(spec(Mirror, "test/mirror"), repeatable=True, revision="abc123")
    speaker = replace(spec(Mirror, "test/speaker"), generates=True)
    specs = [mirror, speaker, spec(Reader, "test/reader"), spec(Teller, "test/teller")]
    with site(tmp_path_factory.mktemp("home"), specs, no_provenance=False, workers=1) as made:
        yield made


@pytest.fixture
def take(tmp_path: Path) -> Path:
    return sound(tmp_path / "take.wav", "WAV PCM_24")


def told(path: Path, content: bytes) -> Provenance:
    path.write_bytes(content)
    found = provenance_in(path)[1]
    assert found is not None
    return found


@pytest.mark.parametrize("kind", CLIENTS, ids=lambda kind: kind.version)
def test_every_harp_gets_files_that_tell_it(server: Site, kind, take: Path, tmp_path: Path):
    client = kind(f"{server.url}/models/test/mirror")
    client.load()
    files = client.process(take).files
    assert len(files) == 2
    for name, content in files:
        found = told(tmp_path / Path(name).name, content)
        assert (found.model, found.revision, found.harpist) == ("test/mirror", "abc123", __version__)
        assert not found.generated
        assert heard(tmp_path / Path(name).name) == heard(take)


def ask(server: Site, model: str, take: Path, *controls: object) -> list[dict]:
    with httpx.Client(base_url=f"{server.url}/models/{model}/gradio_api", timeout=60) as http:
        [path] = http.post("/upload", files={"files": (take.name, take.read_bytes())}).json()
        event = http.post("/call/process", json={"data": [{"path": path}, *controls]}).json()["event_id"]
        lines = http.get(f"/call/process/{event}").text.splitlines()
        return json.loads(next(line for line in lines if line.startswith("data: [")).removeprefix("data: "))


def test_what_was_brought_before_tells_of_its_first_run(server: Site, take: Path, tmp_path: Path):
    found = []
    for _ in range(2):
        [left, _] = ask(server, "test/mirror", take, *CONTROLS.values())
        found.append(told(tmp_path / "a.wav", httpx.get(left["url"]).content))
    assert found[0] == found[1] and found[0].controls == CONTROLS


def test_what_is_generated_says_so(server: Site, take: Path, tmp_path: Path):
    [left, _] = ask(server, "test/speaker", take, *CONTROLS.values())
    found = told(tmp_path / "a.wav", httpx.get(left["url"]).content)
    assert found.generated and (found.model, found.revision, found.licence) == ("test/speaker", "", "")


def test_labels_and_texts_tell_it_beside_them(server: Site, take: Path):
    labels = ask(server, "test/reader", take, *CONTROLS.values())[-1]
    assert len(labels["labels"]) == 8
    found = parse(json.dumps(labels["provenance"]))
    assert found.model == "test/reader" and found.controls == CONTROLS
    text = ask(server, "test/teller", take, ["Voice"])[-1]
    assert parse(json.dumps(text["provenance"])).controls == {"parts": ["Voice"]}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PageSite]:
    with page_site(tmp_path_factory.mktemp("pages"), no_provenance=False) as made:
        yield made


def test_the_page_its_zip_and_gradio_client_tell_it(pages: PageSite, tmp_path: Path):
    client = Client(pages.endpoint("quick"), verbose=False, download_files=str(tmp_path / "got"))
    try:
        files = client.predict(handle_file(pages.tone), "Keep stereo", 100, api_name="/process")
    finally:
        client.close()
    for file in files:
        found = provenance_in(Path(file))[1]
        assert (found.model, found.licence) == ("harpist/quick", "mit")
        assert heard(Path(file)) == heard(pages.tone)
    # The page's links lead to the same files, and its zip holds them.
    job = max(pages.service.folder.iterdir(), key=lambda folder: folder.stat().st_mtime).name
    packed = httpx.get(f"{pages.endpoint('quick')}/archive/{job}")
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        assert len(archive.namelist()) == 2
        for name in archive.namelist():
            assert told(tmp_path / "from zip.wav", archive.read(name)).model == "harpist/quick"
            page = httpx.get(f"{pages.endpoint('quick')}/gradio_api/file=jobs/{job}/{name}")
            assert page.content == archive.read(name)


def test_where_it_is_not_wanted_nothing_is_written(tmp_path: Path, take: Path):
    with site(tmp_path / "home", [spec(Mirror, "test/mirror"), spec(Reader, "test/reader")], workers=1) as made:
        assert made.settings.no_provenance
        [left, _] = ask(made, "test/mirror", take, *CONTROLS.values())
        assert httpx.get(left["url"]).content == take.read_bytes()
        labels = ask(made, "test/reader", take, *CONTROLS.values())[-1]
        assert "provenance" not in labels
