"""Publishing through the real client: what arrives, and what is refused with which sentence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import HarpistError, HubError, ModelFormatError
from app.hub.client import HubClient
from app.hub.install import install
from app.hub.installed import Installed
from app.hub.publish import Publication, prepare, publish
from tests.hub_server.faults import Cut, Refuse
from tests.hub_server.server import HubServer
from tests.hub_server.small import METADATA, README, WEIGHTS

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
def model(tmp_path: Path) -> Path:
    folder = tmp_path / "model"
    folder.mkdir()
    (folder / "model.pt").write_bytes(WEIGHTS)
    (folder / "metadata.json").write_text(METADATA)
    (folder / "README.md").write_text(README)
    (folder / "waveform.svg").write_text("<svg/>")
    (folder / "profile.json").write_text("{}")
    (folder / ".stamp").write_text("x")
    return folder


@pytest.fixture
def alice(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("HF_TOKEN", "hf_alice")
    return hub.url


def test_what_is_published_can_be_installed(hub: HubServer, alice: str, model: Path, installed: Installed) -> None:
    done = publish(prepare(model, "alice/split", tag="v1.0"))
    repository = hub.repositories["alice/split"]
    assert done.changed and done.commit == repository.head.sha == repository.tags["v1.0"]
    assert repository.head.title == "Publish split" and repository.card["license"] == "mit"
    files = {name: file.data for name, file in repository.head.files.items() if name != ".gitattributes"}
    assert files == {
        name: (model / name).read_bytes() for name in ("README.md", "metadata.json", "model.pt", "waveform.svg")
    }
    assert hub.asked("/lfs-store/"), "weights go to the store for large files"
    client = HubClient()
    assert [found.id for found in client.models()] == ["owner/name", "alice/split"]
    from app.hub.ids import ModelReference

    got = install(client, installed, ModelReference("alice/split", "v1.0"))
    assert (installed.files(got) / "model.pt").read_bytes() == WEIGHTS


def test_a_large_file_goes_in_parts(hub: HubServer, alice: str, model: Path) -> None:
    hub.part = 100_000
    publish(prepare(model, "alice/split"))
    assert hub.repositories["alice/split"].head.files["model.pt"].data == WEIGHTS
    assert len(hub.asked("/lfs-store/", "PUT")) == 4


def test_a_second_time_sends_nothing_and_an_update_only_what_changed(hub: HubServer, alice: str, model: Path) -> None:
    first = publish(prepare(model, "alice/split"))
    hub.requests.clear()
    assert publish(prepare(model, "alice/split")) == type(first)(first.commit, first.url, changed=False)
    assert not [request for request in hub.requests if request.method != "GET"]
    (model / "README.md").write_text(README + "More.")
    with pytest.raises(HubError, match=r"alice/split is there already with other content \(README.md\)"):
        publish(prepare(model, "alice/split"))
    second = publish(prepare(model, "alice/split", message="Say more"), update=True)
    head = hub.repositories["alice/split"].head
    assert second.commit == head.sha != first.commit and head.title == "Say more"
    assert not hub.asked("/lfs-store/", "PUT")


def test_a_private_repository_and_one_of_an_organisation(hub: HubServer, alice: str, model: Path) -> None:
    hub.members["lab"] = {"alice"}
    publish(prepare(model, "lab/split", private=True))
    assert hub.repositories["lab/split"].private
    publish(prepare(model, "alice/open"))
    with pytest.raises(HubError, match="alice/open is there already, and public"):
        publish(prepare(model, "alice/open", private=True))


@pytest.mark.parametrize(
    ("token", "name", "sentence"),
    [
        ("", "alice/split", "Publishing needs a token that may write"),
        ("hf_alice_reads", "alice/split", "This token may not write to alice on the hub"),
        ("hf_alice", "bob/split", "This token may not write to bob on the hub"),
        ("hf_alice", "owner/name", "owner/name is there already with other content"),
        ("hf_nobody", "alice/split", "The hub refuses the token"),
    ],
)
def test_who_may_not_publish_is_told_why(
    hub: HubServer, model: Path, monkeypatch: pytest.MonkeyPatch, token: str, name: str, sentence: str
) -> None:
    monkeypatch.setenv("HF_TOKEN", token)
    before = {repo: repository.head.sha for repo, repository in hub.repositories.items()}
    with pytest.raises(HubError, match=sentence):
        publish(prepare(model, name))
    assert {repo: repository.head.sha for repo, repository in hub.repositories.items()} == before


def test_an_update_needs_the_right_to_write(hub: HubServer, alice: str, model: Path) -> None:
    with pytest.raises(HubError, match="This token may not write to owner"):
        publish(prepare(model, "owner/name"), update=True)


def test_the_hubs_own_troubles_are_sentences(hub: HubServer, alice: str, model: Path) -> None:
    hub.largest = 1000
    with pytest.raises(HubError, match=r"The hub does not take alice/split: .*Maximum file size exceeded"):
        publish(prepare(model, "alice/split"))
    hub.largest = 10**9
    hub.faults = [Refuse("/api/models/alice/split/commit/main", status=412)]
    with pytest.raises(HubError, match="alice/split has got another commit meanwhile"):
        publish(prepare(model, "alice/split"), update=True)
    hub.faults = [Refuse("/lfs-store/*", status=403)]
    (model / "model.pt").write_bytes(WEIGHTS[:-1])
    with pytest.raises(HubError, match="This token may not write to alice"):
        publish(prepare(model, "alice/split"), update=True)
    with pytest.raises(HubError, match=r"The connection to 127.0.0.1:1 failed; alice/split is not published"):
        publish(prepare(model, "alice/split"), "http://127.0.0.1:1")


def test_what_broke_off_is_published_the_next_time(hub: HubServer, alice: str, model: Path) -> None:
    hub.faults = [Cut("/api/repos/create"), Cut("/api/models/alice/split/commit/main")]
    for _ in hub.faults[:]:
        with pytest.raises(HubError, match=r"The connection to .* failed; alice/split is not published"):
            publish(prepare(model, "alice/split"))
        hub.faults.pop(0)
    publish(prepare(model, "alice/split"))
    assert hub.repositories["alice/split"].head.files["model.pt"].data == WEIGHTS, "without --update"


def test_a_tag_stays_where_it_is(hub: HubServer, alice: str, model: Path) -> None:
    publish(prepare(model, "alice/split", tag="v1"))
    assert not publish(prepare(model, "alice/split", tag="v1")).changed
    (model / "README.md").write_text(README + "More.")
    with pytest.raises(HubError, match="alice/split has a tag v1 already, at another commit"):
        publish(prepare(model, "alice/split", tag="v1"), update=True)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("README.md", "# No header", "README.md lacks the tag “audacity”"),
        ("README.md", "---\ntags: audacity\n---\n", "README.md states no licence"),
        ("README.md", None, "The folder lacks README.md"),
        ("metadata.json", "[]", "metadata"),
        ("metadata.json", None, "The folder lacks metadata.json"),
    ],
)
def test_what_would_not_be_found_or_used_is_not_sent(
    model: Path, name: str, content: str | None, sentence: str
) -> None:
    (model / name).unlink()
    if content is not None:
        (model / name).write_text(content)
    with pytest.raises(ModelFormatError, match=sentence):
        prepare(model, "alice/split")


def test_what_cannot_be_sent_is_said_before_anyone_is_asked(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for bad in ("split", "alice/split/more", "spaces/split", "alice/../split"):
        with pytest.raises(HubError, match="cannot name a model"):
            prepare(model, bad)
    with pytest.raises(HubError, match="cannot be a tag"):
        prepare(model, "alice/split", tag="v 1")
    with pytest.raises(ModelFormatError, match="There is no such folder"):
        prepare(model / "nowhere", "alice/split")
    monkeypatch.setattr("app.hub.publish.LARGEST_FILE", 1000)
    with pytest.raises(HubError, match=r"model.pt has 400 kB; the hub takes files of at most 1 kB"):
        prepare(model, "alice/split")
    (model / "passwd").symlink_to("/etc/passwd")
    with pytest.raises(HarpistError, match="passwd is a link"):
        prepare(model, "alice/split")


def test_no_network_is_asked_for_where_the_hub_is_switched_off(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(HubError, match="HF_HUB_OFFLINE is set"):
        publish(prepare(model, "alice/split"))


def test_a_dry_run_prints_what_a_real_one_sends(hub: HubServer, model: Path) -> None:
    def run(*flags: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "app", "publish", str(model), "alice/split", *flags]
        environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN": "hf_alice", "HF_HUB_OFFLINE": "0"}
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120)

    dry = run("--dry-run", "--tag", "v1")
    sizes = [
        f"  {name}  {(model / name).stat().st_size} bytes"
        for name in ("README.md", "metadata.json", "model.pt", "waveform.svg")
    ]
    assert dry.stdout.splitlines()[1:] == [*sizes, "commit: Publish split", "tag: v1", "Nothing was sent."]
    assert dry.returncode == 0 and not hub.requests
    real = run("--tag", "v1")
    assert real.stdout.splitlines()[:-1] == dry.stdout.splitlines()[:-1], real.stderr
    assert real.stdout.splitlines()[-1] == f"Published as {hub.commit('alice/split')}: {hub.url}/alice/split"
    assert run("--dry-run", "--message", "").returncode == 0
    (model / "model.pt").unlink()
    failed = run()
    assert failed.returncode == 1
    assert failed.stderr == "harpist: The folder lacks model.pt; a model is exported with all three.\n"


def test_a_publication_names_what_deviates(model: Path) -> None:
    (model / "metadata.json").write_text(METADATA.replace("Takes a mix apart.", "x" * 61))
    found: Publication = prepare(model, "alice/split", private=True)
    assert "warning: short_description has 61 characters; the format allows 60." in found.text()
    assert found.text().startswith("alice/split (private), 4 files, ")
