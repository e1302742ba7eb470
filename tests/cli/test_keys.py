"""``keys add | list | revoke``, as an operator types them."""

from __future__ import annotations

from pathlib import Path

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
    assert is_key(secret) and f"https://a.org/h/key/{secret}/models/OWNER/NAME" in made.err
    assert main(["keys", "list", *home]) == 0
    listed = capsys.readouterr().out
    assert listed.startswith("Jörg  since 20") and "may install" in listed and secret not in listed
    assert main(["keys", "revoke", "jörg", *home]) == 0
    assert main(["keys", "list", *home]) == 0
    assert "Nobody has a key" in capsys.readouterr().err
    assert main(["keys", "revoke", "Jörg", *home]) == 1
    assert "There is no key of “Jörg”" in capsys.readouterr().err


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
