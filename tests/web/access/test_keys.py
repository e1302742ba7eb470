"""Keys are made, kept as digests, read anew, and never lost."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from app.errors import InputError, NotFoundError, SettingsError
from app.web.access.keys import KeyStore, digest_of, is_key, of_key


def test_a_key_is_found_and_only_its_digest_kept(tmp_path):
    store = KeyStore(tmp_path)
    assert store.listed() == () and store.find("harpist_" + "a" * 43) is None
    secret = store.add("Anna", may=("install",))
    assert is_key(secret)
    found = KeyStore(tmp_path).find(secret)
    assert (
        found is not None and found.name == "Anna" and found.may == ("install",) and found.digest == digest_of(secret)
    )
    kept = (tmp_path / "keys.json").read_text()
    assert secret not in kept and secret.removeprefix("harpist_") not in kept
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_what_another_process_changes_is_seen(tmp_path):
    here, there = KeyStore(tmp_path), KeyStore(tmp_path)
    secret = there.add("Anna")
    assert here.find(secret) is not None
    there.revoke("ANNA")
    assert here.find(secret) is None and here.of_digest(digest_of(secret)) is None
    with pytest.raises(NotFoundError, match="no key of “Anna”"):
        here.revoke("Anna")


@pytest.mark.parametrize("name", ["", " a", "a\nb", "x" * 65, "-a", "a/b", "\ud800"])
def test_a_name_is_a_name(tmp_path, name):
    with pytest.raises(InputError, match="cannot be a key's name"):
        KeyStore(tmp_path).add(name)


def test_one_key_a_name(tmp_path):
    store = KeyStore(tmp_path)
    store.add("Jörg Müller")
    with pytest.raises(InputError, match="has a key already"):
        store.add("jörg müller")


@pytest.mark.parametrize(
    "damage", ["", "[]", "{", '{"version": 2, "keys": []}', '{"version": 1, "keys": [{"name": 1}]}', "[" * 100_000]
)
def test_a_damaged_file_opens_nothing_and_is_not_written_over(tmp_path, damage):
    store = KeyStore(tmp_path)
    secret = store.add("Anna")
    path = tmp_path / "keys.json"
    path.write_text(damage)
    for use in (lambda: store.find(secret), store.listed, lambda: store.add("Ben"), lambda: store.revoke("Anna")):
        with pytest.raises(SettingsError, match=r"keys\.json in the home folder is damaged"):
            use()
    assert path.read_text() == damage


def test_a_key_keeps_its_limits_and_an_older_file_is_read(tmp_path):
    store = KeyStore(tmp_path)
    secret = store.add("Anna", limits={"caller_minutes": 60.0, "caller_rate": "5/hour"})
    store.add("Ben")
    anna, ben = KeyStore(tmp_path).listed()
    assert anna.limits == {"caller_minutes": 60.0, "caller_rate": "5/hour"} and ben.limits == {}
    assert store.limits_of(of_key(anna).id) == anna.limits and store.limits_of("key 0123456789abcdef") == {}
    path = tmp_path / "keys.json"
    record = json.loads(path.read_text())
    for key in record["keys"]:
        del key["limits"]
    path.write_text(json.dumps(record))
    found = KeyStore(tmp_path).find(secret)
    assert found is not None and found.limits == {}


@pytest.mark.parametrize(
    "limits",
    [[], {"workers": 1}, {"caller_jobs": -1}, {"caller_jobs": 1.5}, {"caller_jobs": None}, {"caller_rate": "often"}],
)
def test_a_limit_that_is_none_is_damage_too(tmp_path, limits):
    store = KeyStore(tmp_path)
    store.add("Anna")
    path = tmp_path / "keys.json"
    record = json.loads(path.read_text())
    record["keys"][0]["limits"] = limits
    path.write_text(json.dumps(record))
    with pytest.raises(SettingsError, match=r"keys\.json in the home folder is damaged"):
        KeyStore(tmp_path).listed()


def test_keys_that_are_added_at_once_are_all_there(tmp_path):
    line = (
        "import sys; from pathlib import Path; from app.web.access.keys import KeyStore; "
        "KeyStore(Path(sys.argv[1])).add(sys.argv[2])"
    )
    running = [subprocess.Popen([sys.executable, "-c", line, str(tmp_path), f"n{number}"]) for number in range(4)]
    assert [process.wait(60) for process in running] == [0] * 4
    assert {key.name for key in KeyStore(tmp_path).listed()} == {f"n{number}" for number in range(4)}


def test_a_kill_at_any_step_of_a_write_loses_no_key(tmp_path):
    """The process ends itself at the n-th call to the system while it writes, for every n."""
    secret = KeyStore(tmp_path).add("Anna")
    line = """
import os, sys
from pathlib import Path
from app.web.access.keys import KeyStore
left = int(sys.argv[2])
def step(event, arguments):
    global left
    if event in ("open", "os.rename", "os.remove", "os.mkdir"):
        left -= 1
        if left < 0:
            os.kill(os.getpid(), 9)
store = KeyStore(Path(sys.argv[1]))
real = os.fsync
def fsync(descriptor):
    step("open", ())
    real(descriptor)
    step("open", ())
os.fsync = fsync
sys.addaudithook(step)
store.add("Ben")
"""
    killed = 0
    for steps in range(40):
        done = subprocess.run([sys.executable, "-c", line, str(tmp_path), str(steps)], timeout=60)
        names = {key["name"] for key in json.loads((tmp_path / "keys.json").read_text())["keys"]}
        assert "Anna" in names and KeyStore(tmp_path).find(secret) is not None
        if done.returncode == 0:
            break
        assert done.returncode == -9
        killed += 1
        if "Ben" in names:
            KeyStore(tmp_path).revoke("Ben")
    assert killed >= 5 and names == {"Anna", "Ben"}


def test_a_kill_at_any_step_loses_no_key(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.web.access.killed", str(tmp_path)]
    done = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    kept = [json.loads(line) for line in done.stdout.splitlines()]
    states = [["Anna", "Carl"], ["Anna", "Ben", "Carl"], ["Ben", "Carl"]]
    assert [names for names, before in zip(kept, [None, *kept]) if names != before] == states and len(kept) > 60
