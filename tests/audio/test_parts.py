import io
import random
from pathlib import Path

from app.audio.parts import PartsFile, Span


def test_parts_read_as_one_file() -> None:
    data = bytes(random.Random(0).randbytes(5000))
    parts = (b"head", Span(100, 900), b"", Span(0, 0), Span(3000, 2000), b"end")
    whole = b"head" + data[100:1000] + data[3000:] + b"end"
    file = PartsFile(io.BytesIO(data), parts)
    assert file.read() == whole
    assert file.read() == b""
    assert file.seek(0, 2) == len(whole)
    rng = random.Random(1)
    for _ in range(300):
        at, size = rng.randrange(len(whole) + 100), rng.randrange(2000)
        assert file.seek(at) == at
        assert file.read(size) == whole[at : at + size]
        assert file.tell() == max(at, min(at + size, len(whole)))


def test_a_file_that_has_become_shorter_ends_there(tmp_path: Path) -> None:
    file = PartsFile(io.BytesIO(bytes(10)), [b"ab", Span(5, 100)])
    assert file.read() == b"ab" + bytes(5)
    assert PartsFile(io.BytesIO(), ()).read() == b""
    assert file.seek(-3, 1) == 4
