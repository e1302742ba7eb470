from __future__ import annotations

import pytest

from app.audacitorch.readme import licence_of, read_header


@pytest.mark.parametrize(
    "text, licence",
    [
        ("---\nlicense: mit\ntags: audacity\n---\n", "mit"),
        ("---\r\ntags:\r\n- audacity\r\n- music\r\nlicense: 'cc-by-nc-4.0' # for now\r\n---\r\n", "cc-by-nc-4.0"),
        ("---\nlicense:\n- mit\n- apache-2.0\n---\n", "mit, apache-2.0"),
        ("---\nlicense: [mit, gpl-3.0]\n---\n", "mit, gpl-3.0"),
        ("---\nlicense: other\nlicense_name: My Licence\n---\n", "My Licence"),
        ("---\nlicense: unknown\n---\n", ""),
        ("---\nlicense:\n---\n", ""),
        ("---\ntags: audacity\n---\nlicense: mit\n", ""),
        ("# license: mit\n", ""),
        ("", ""),
        ("---\n: : :\n  - - x\n\x00\nlicense: mit", "mit"),
    ],
)
def test_the_licence_is_read_from_the_header(text, licence):
    assert licence_of(text) == licence


def test_tags_are_read_as_text_or_list():
    assert read_header("---\ntags: audacity\n---\n")["tags"] == ["audacity"]
    assert read_header("---\ntags:\n  - audacity\n  - 'music'\n---\n")["tags"] == ["audacity", "music"]
