from __future__ import annotations

import pytest

from app.errors import AccessError
from app.hub.permissions import Permissions


@pytest.mark.parametrize(
    ("allow", "deny", "model_id", "permitted"),
    [
        ((), (), "a/b", True),
        (("a/*",), (), "a/b", True),
        (("a/*",), (), "A/b", True),
        (("a/*",), (), "ab/c", False),
        (("a/*", "c/d"), (), "c/d", True),
        (("a/*", "c/d"), (), "c/de", False),
        ((), ("a/*",), "a/b", False),
        ((), ("A/*",), "a/b", False),
        (("a/*",), ("a/secret*",), "a/secret-1", False),
        (("a/*",), ("a/secret*",), "a/open", True),
        (("*/[ab]?",), (), "x/a1", True),
        (("*/[ab]?",), (), "x/c1", False),
    ],
)
def test_denial_goes_before_allowance(
    allow: tuple[str, ...], deny: tuple[str, ...], model_id: str, permitted: bool
) -> None:
    rules = Permissions(allow, deny)
    assert rules.permits(model_id) is permitted
    if permitted:
        rules.check(model_id)
    else:
        with pytest.raises(AccessError, match="may not be installed on this server"):
            rules.check(model_id)
