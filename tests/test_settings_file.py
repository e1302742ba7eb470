"""A file of settings: every key is checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.errors import SettingsError
from app.setting_values import load_settings
from app.settings_file import read_settings_file


def write(folder: Path, text: str) -> Path:
    path = folder / "harpist.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_go_before_the_environment_and_that_before_the_file(tmp_path):
    filed = read_settings_file(
        write(tmp_path, 'port = 1\nqueue = 2\nkeep = 3\nrequire_key = true\nallow = ["a/*", "b/c"]\nhome = "~/x"\n')
    )
    settings = load_settings({"port": 7}, {"HARPIST_PORT": "8", "HARPIST_QUEUE": "9"}, filed)
    assert (settings.port, settings.queue, settings.keep, settings.workers) == (7, 9, 3.0, 2)
    assert settings.require_key and settings.allow == ("a/*", "b/c") and settings.home == Path.home() / "x"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("job-timeout = 3", "names “job-timeout”, and there is no such setting; did you mean “job_timeout”?"),
        ("prot = 3", "did you mean “root”?"),
        ("zzzzzz = 3", "docs/settings.md lists them"),
        ("[server]\nport = 3", "names “server”"),
        ('port = "80"', r"gives port a value that it cannot have; expected is a whole number \(TCP port\)"),
        ("port = true", "expected is a whole number"),
        ("port = 1.5", "expected is a whole number"),
        ('keep = "x"', r"expected is a number \(minutes\)"),
        ("require_key = 1", "expected is true or false"),
        ('allow = "a/*"', "expected is a list of texts"),
        ("allow = [1]", "expected is a list of texts"),
        ("host = 1", r"expected is a text \(address\)"),
        ("port = ", "is no TOML"),
        ("a = " + "[" * 5000, "is no TOML"),
    ],
)
def test_what_is_wrong_is_a_sentence(tmp_path, text, sentence):
    with pytest.raises(SettingsError, match=sentence):
        read_settings_file(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path):
    with pytest.raises(SettingsError, match="cannot be read: No such file or directory"):
        read_settings_file(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="no text in UTF-8"):
        read_settings_file(tmp_path / "bytes.toml")
    write(tmp_path, "#" * (1024 * 1024 + 1))
    with pytest.raises(SettingsError, match="larger than 1 MiB"):
        read_settings_file(tmp_path / "harpist.toml")


def test_the_command_line_takes_it_by_flag_and_by_environment(tmp_path, capsys, monkeypatch):
    path = write(tmp_path, f'home = "{tmp_path / "home"}"')
    assert main(["keys", "add", "Anna", "--config", str(path)]) == 0
    monkeypatch.setenv("HARPIST_CONFIG", str(path))
    assert main(["keys", "list"]) == 0
    assert "Anna" in capsys.readouterr().out
    write(tmp_path, "hoem = 1")
    assert main(["keys", "list"]) == 1
    assert "did you mean “home”?" in capsys.readouterr().err
