import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.requests import ClientDisconnect

from app.config import Settings
from app.errors import HarpistError, RequestError, TooLargeError
from app.web.multipart import file_name, receive_files
from app.web.uploads import UploadStore

TYPE = "multipart/form-data; boundary=XX"


@pytest.fixture
def store(tmp_path) -> UploadStore:
    return UploadStore(Settings(home=tmp_path / "home", max_upload=1))


def form(*parts: tuple[str, bytes], end: bytes = b"--XX--\r\n") -> bytes:
    head = b'--XX\r\nContent-Disposition: form-data; name="files"%s\r\nContent-Type: audio/midi\r\n\r\n'
    named = [head % (f'; filename="{name}"'.encode() if name else b"") + body + b"\r\n" for name, body in parts]
    return b"".join(named) + end


def receive(store: UploadStore, blocks: Sequence[bytes], kind: str = TYPE, aborted: bool = False) -> list[Path]:
    async def body() -> AsyncIterator[bytes]:
        for block in blocks:
            yield block
        if aborted:
            raise ClientDisconnect

    return asyncio.run(receive_files(kind, body(), store))


def left(store: UploadStore) -> list[Path]:
    return list((store.work / "uploads").glob("*"))


def test_several_files_in_one_form(store):
    paths = receive(store, [form(("a.wav", b"one"), ("", b"a plain field"), ("Möwe.wav", b"two"), ("e.wav", b""))])
    assert [path.name for path in paths] == ["a.wav", "Möwe.wav", "e.wav"]
    assert [path.read_bytes() for path in paths] == [b"one", b"two", b""]
    assert len({path.parent for path in paths}) == 3


@given(data=st.data())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
def test_a_file_is_the_same_however_it_is_cut(store, data):
    """Including bodies that look like the boundary."""
    body = data.draw(st.lists(st.sampled_from([b"\r\n", b"--", b"XX", b"\r\n--XX", b"-", b"\x00", b"a"]), max_size=30))
    joined = b"".join(body).replace(b"\r\n--XX", b"\r\n--XY")
    whole = form(("a.wav", joined))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=10)))
    blocks = [whole[a:b] for a, b in zip([0, *cuts], [*cuts, len(whole)])]
    (path,) = receive(store, blocks)
    assert path.read_bytes() == joined


def test_a_file_of_many_blocks(store):
    body = bytes(range(256)) * 4096
    whole = form(("a.wav", body))
    (path,) = receive(store, [whole[i : i + 65_536] for i in range(0, len(whole), 65_536)])
    assert path.read_bytes() == body


@pytest.mark.parametrize(
    ("kind", "body", "sentence"),
    [
        ("application/json", b"{}", "expects multipart/form-data"),
        ("", b"", "expects multipart/form-data"),
        ("multipart/form-data", b"", "expects multipart/form-data"),
        (TYPE, b"nothing like it", "not a well-formed"),
        (TYPE, b"", "ends in the middle"),
        (TYPE, form(("a.wav", b"one"), end=b""), "ends in the middle"),
        (TYPE, form(("a.wav", b"one"))[:40], "ends in the middle"),
        (TYPE, form(("", b"field")), "holds no file"),
        (TYPE, form(*[("a.wav", b"")] * 65), "at most 64 files"),
        ("multipart/form-data; boundary=" + "x" * 5000, b"", "not a well-formed|ends in the middle"),
    ],
)
def test_what_is_no_upload_gets_a_sentence_and_leaves_nothing(store, kind, body, sentence):
    with pytest.raises((RequestError, TooLargeError), match=sentence):
        receive(store, [body], kind)
    assert left(store) == []


def test_a_file_over_the_limit_leaves_nothing(store):
    whole = form(("small.wav", b"x"), ("a.wav", b"x" * (1024 * 1024 + 1)))
    with pytest.raises(TooLargeError, match="larger than this server takes: at most 1 MiB"):
        receive(store, [whole[i : i + 100_000] for i in range(0, len(whole), 100_000)])
    assert left(store) == []
    (path,) = receive(store, [form(("a.wav", b"x" * 1024 * 1024))])
    assert path.stat().st_size == store.largest


def test_an_aborted_upload_leaves_nothing(store):
    whole = form(("a.wav", b"x" * 500_000))
    with pytest.raises(ClientDisconnect):
        receive(store, [whole[:300_000]], aborted=True)
    assert left(store) == []


def test_a_full_disk_gets_a_sentence(store, monkeypatch):
    def full(self, *_):
        raise OSError(28, "No space left on device", "/secret/path")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(HarpistError, match=r"^The server could not store the file: its disk is full\.$"):
        receive(store, [form(("a.wav", b"one"))])


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ('form-data; name="files"; filename="a b.wav"', "a b.wav"),
        ('form-data; filename="a.wav"; name="files"', "a.wav"),
        ("form-data; name=files; filename=a.wav", "a.wav"),
        ('form-data; name="files"; filename="say %22hi%22.wav"', 'say "hi".wav'),
        ('form-data; name="files"; filename="say "hi".wav"', 'say "hi".wav'),
        ('form-data; name="files"; filename="a;b=c.wav"', "a;b=c.wav"),
        ('form-data; name="files"; filename=""', "file"),
        ('form-data; name="files"', ""),
        ('Form-Data; Name="files"; FileName="A.WAV"', "A.WAV"),
    ],
)
def test_the_name_is_read_as_clients_write_it(disposition, name):
    assert file_name(disposition.encode()) == name
