"""``keys add | list | revoke``, as an operator types them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli import main
from app.cli.serve import announcement
from app.config import Settings
from app.registry import Registry
from app.web.access.keys import KeyStore, is_key


def test_a_key_is_made_listed_and_revoked(tmp_path: Path, capsys) -> None:
    home = ["--home", str(tmp_path / "new")]
    assert main(["keys", "add", "Jörg", "--may", "install", "--public-url", "https://a.org/h", *home]) == 0
    made = capsys.readouterr()
    secret = made.out.strip()
    assert is_key(secret) and f"https://a.org/h/key/{secret}/models/OWNER/NAME#.gradio.live\n" in made.err
    assert main(["keys", "list", *home]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("Jörg  since 20") and "may install" in listed and secret not in listed
    assert main(["keys", "revoke", "jörg", *home]) == 0
    assert main(["keys", "list", *home]) == 0
    assert "Nobody has a key" in capsys.readouterr().err
    assert main(["keys", "revoke", "Jörg", *home]) == 1
    assert "There is no key of “Jörg”" in capsys.readouterr().err


def test_a_key_has_limits_of_its_own(tmp_path: Path, capsys) -> None:
    home = ["--home", str(tmp_path)]
    given = ["caller-minutes=60", "caller_rate=5/hour;20/day", "longest-region=0", "caller-jobs=1"]
    assert main(["keys", "add", "Anna", *(word for text in given for word in ("--limit", text)), *home]) == 0
    capsys.readouterr()
    assert main(["keys", "list", *home]) == 0
    told = "caller-minutes=60 caller-rate=5/hour;20/day longest-region=0 caller-jobs=1"
    assert capsys.readouterr().out.endswith(f", {told}\n")
    assert KeyStore(tmp_path).listed()[0].limits["caller_minutes"] == 60.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("caller-minute=1", "A key has no limit “caller-minute”; did you mean caller-minutes?"),
        ("workers=1", "A key has no limit “workers”; expected is one of caller-jobs, caller-queue, caller-rate, "),
        ("caller-jobs", "A limit is typed with its value, such as caller-minutes=60, not “caller-jobs”."),
        ("caller-jobs=1.5", "The setting caller_jobs expects a whole number (jobs), not “1.5”."),
        ("caller-minutes=-1", "The setting caller_minutes expects at least 0, not -1.0."),
        ("caller-minutes=inf", "The setting caller_minutes expects at most 1000000000000."),
        ("caller-rate=often", "The setting caller_rate expects a number of jobs and a time, such as 60/hour"),
    ],
)
def test_a_limit_that_is_none_is_a_sentence(tmp_path: Path, capsys, text: str, said: str) -> None:
    assert main(["keys", "add", "Anna", "--limit", text, "--home", str(tmp_path / "home")]) == 1
    assert capsys.readouterr().err.startswith(f"harpist: {said}")
    assert not (tmp_path / "home").exists()


def test_a_limit_is_given_once(tmp_path: Path, capsys) -> None:
    twice = ["--limit", "caller-jobs=1", "--limit", "caller_jobs=2"]
    assert main(["keys", "add", "Anna", *twice, "--home", str(tmp_path)]) == 1
    assert capsys.readouterr().err == "harpist: The limit caller-jobs is given twice.\n"


def test_a_home_that_cannot_be_made_is_a_sentence(tmp_path: Path, capsys) -> None:
    (tmp_path / "file").touch()
    assert main(["keys", "add", "Anna", "--home", str(tmp_path / "file" / "home")]) == 1
    assert capsys.readouterr().err.startswith("harpist: The home folder cannot be made: ")


def test_the_start_tells_who_is_let_in(tmp_path: Path) -> None:
    def said(**more: object) -> str:
        return announcement(Settings(home=tmp_path, **more), 7860, Registry())  # type: ignore[arg-type]

    assert "key" not in said()
    assert "Whoever reaches this machine may use its models" in said(host="0.0.0.0")
    assert "Whoever reaches" in said(public_url="https://a.org")
    assert "nobody has one yet" in said(require_key=True)
    KeyStore(tmp_path).add("Anna")
    assert "one person has one" in said(require_key=True, host="0.0.0.0")
