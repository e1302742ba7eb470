from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.endpoint_ids import check_id
from app.errors import InputError
from app.hub.ids import ModelReference, is_model_id, parse_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("hugggof/demucs_extra", "hugggof/demucs_extra"),
        ("  hugggof/demucs_extra\n", "hugggof/demucs_extra"),
        ("hugggof/demucs_extra@main", "hugggof/demucs_extra@main"),
        ("a/b@feature/x", "a/b@feature/x"),
        ("https://huggingface.co/hugggof/demucs_extra", "hugggof/demucs_extra"),
        ("https://huggingface.co/hugggof/demucs_extra/", "hugggof/demucs_extra"),
        ("http://www.huggingface.co/a/b?library=x#files", "a/b"),
        ("HTTPS://HuggingFace.co/a/b", "a/b"),
        ("huggingface.co/a/b", "a/b"),
        ("hf.co/a/b", "a/b"),
        ("https://hf.co/a/b/tree/v1.0", "a/b@v1.0"),
        ("https://huggingface.co/models/a/b", "a/b"),
        ("https://huggingface.co/a/b/tree/some/branch", "a/b@some/branch"),
        ("https://huggingface.co/a/b/tree/some%2Fbranch", "a/b@some/branch"),
        ("https://huggingface.co/a/b/blob/main/model.pt", "a/b@main"),
        ("https://huggingface.co/a/b/resolve/v2/metadata.json?download=true", "a/b@v2"),
        ("https://huggingface.co/a/b/discussions/3", "a/b"),
        ("<https://huggingface.co/a/b>", "a/b"),
        ("“a/b”", "a/b"),
    ],
)
def test_reads_what_is_pasted(text: str, expected: str) -> None:
    assert str(parse_reference(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "demucs",
        "a/b/c",
        "a/..",
        "../b",
        "a/b..c",
        "a/--b",
        "a--b/c",
        "-a/b",
        "a/b@",
        "a/b@../../x",
        "a/b@x//y",
        "a b/c",
        "a/b.git",
        "ä/b",
        "a/b\x00",
        "a\n/b",
        "https://example.com/a/b",
        "https://huggingface.co.evil.com/a/b",
        "https://huggingface.co@evil.com/a/b",
        "https://huggingface.co/datasets/a/b",
        "https://huggingface.co/spaces/a/b",
        "https://huggingface.co/a",
        "https://huggingface.co/a/%2e%2e",
        "https://huggingface.co/%2e%2e/b",
        "https://[::1/a/b",
        "file:///etc/passwd",
        "x" * 97 + "/b",
    ],
)
def test_refuses_what_names_no_model(text: str) -> None:
    with pytest.raises(InputError, match="is not a hub id: expected OWNER/NAME") as caught:
        parse_reference(text)
    assert len(caught.value.message) < 200 and "\n" not in caught.value.message


@given(st.one_of(st.text(max_size=60), st.from_regex(r"[\w./@-]{1,30}/[\w./@%-]{1,30}")))
def test_whatever_is_read_can_name_a_folder_and_an_endpoint(text: str) -> None:
    try:
        reference = parse_reference(text)
    except InputError:
        return
    assert check_id(reference.id) == reference.id
    assert reference.id.count("/") == 1 and ".." not in str(reference)
    assert parse_reference(str(reference)) == reference


@pytest.mark.parametrize("value", [None, 5, ["a/b"], "a/b/c", "/a/b", "a\\b/c", ".a/b", "a/b.", "a/b-", "con/../x"])
def test_names_from_the_network_are_checked(value: object) -> None:
    assert not is_model_id(value)


def test_a_reference_is_written_as_it_is_read() -> None:
    assert str(ModelReference("a/b")) == "a/b"
    assert str(ModelReference("a/b", "v1")) == "a/b@v1"
