from __future__ import annotations

import app.errors
from app.errors import HarpistError, error_kinds


def test_the_tree_in_the_docstring_is_the_tree_in_the_code() -> None:
    documented = [line.split("── ")[1].split()[0] for line in (app.errors.__doc__ or "").splitlines() if "── " in line]
    assert sorted(documented) == sorted(name for name in error_kinds() if name != "HarpistError")


def test_every_error_carries_its_sentence_and_a_status() -> None:
    for kind in error_kinds().values():
        error = kind("Something was wrong.")
        assert isinstance(error, HarpistError)
        assert error.message == str(error) == "Something was wrong."
        assert 400 <= error.status < 600
