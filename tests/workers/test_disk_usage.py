import os
from pathlib import Path

from app.workers.disk_usage import usage


def test_too_much_is_told_by_length_by_place_and_by_number(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scratch, "MOST_FILES", 50)
    made = Bench(tmp_path, quota=3 << 20)
    assert made.scratch.excess() == ""
    with (made.made / "sparse").open("wb") as file:
        file.truncate(4 << 20)
    assert made.scratch.excess() == "The model wrote more than 3 MiB, and was stopped."
    with pytest.raises(ModelRunError, match="more than 3 MiB"):
        made.take(made.made / "sparse")
    made.scratch.clear("1")
    assert made.scratch.excess() == ""
    folder = Path(made.sandbox.writable[0])
    with (folder / "allocated").open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, 4 << 20)
        file.truncate(1)
    assert usage([folder])[0] < 3 << 20
