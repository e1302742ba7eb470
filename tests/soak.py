"""``python -m tests.soak``: random jobs, cancels, crashes and vanishing clients against a real server, then a count.

What the server holds at the end is set against what it held at the start: processes, open files, memory, scratch. The
exit code is 1 where it holds more, or where a caller heard something unexpected.
"""

from __future__ import annotations

import argparse
import random
import socket
import sys
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil

from tests.server.harp import begin, call, upload
from tests.server.running import RunningServer, run_server

CLIENTS = 5
KEEP = 0.1
"""Minutes: short, so that results and uploads go while the soak runs, and are gone when it is counted."""
FLAGS = ["--workers", "2", "--warm", "3", "--memory", "0.7", "--share-workers", "no", "--keep", str(KEEP)]
SETTLE = 40.0
"""Seconds at most until everything is gone that should be."""
SENTENCES = {
    "segfault": "The model crashed (segmentation fault).",
    "exits": "The model ended its process (exit code 3).",
    "raises_path": "The model failed: RuntimeError: cannot open (a file): no such file; and more",
    "memory_bomb": "The model ran out of memory (0.7 GB allowed); a shorter region may work.",
}
HANGS = ("python_loop", "native_loop", "torch_kernel", "minute")


@dataclass
class Soak:
    """The clients of one server, what they did and what went wrong."""

    server: RunningServer
    song: Path
    until: float
    done: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    def live(self, client: str, seed: int) -> None:
        """Do one thing after another."""
        chance = random.Random(seed)
        doings = (self.well, self.well, self.sin, self.cancel, self.vanish, self.half_upload)
        while time.monotonic() < self.until:
            doing = chance.choice(doings)
            try:
                doing(client, chance)
                self.done[doing.__name__] += 1
            except Exception as error:
                self.wrong.append(f"{doing.__name__}: {type(error).__name__}: {error}")

    def well(self, client: str, chance: random.Random) -> None:
        base = self.server.model("test/well_behaved")
        kind, answer = call(base, "process", [upload(base, self.song)], client)
        assert kind == "complete", answer
        httpx.get(answer[0]["url"], timeout=30).raise_for_status()

    def sin(self, client: str, chance: random.Random) -> None:
        sin = chance.choice(list(SENTENCES))
        base = self.server.model(f"test/{sin}")
        answer = call(base, "process", [upload(base, self.song)], client)
        assert answer == ("error", {"error": SENTENCES[sin]}), answer

    def cancel(self, client: str, chance: random.Random) -> None:
        base = self.server.model(f"test/{chance.choice(HANGS)}")
        event = begin(base, "process", [upload(base, self.song)], client)
        with httpx.stream("GET", event, timeout=60) as stream:
            time.sleep(chance.uniform(0, 0.7))
            answer = call(base, "cancel", [], client)
            assert answer[0] == "complete", answer
            told = "".join(stream.iter_text())
            assert "cancelled" in told, told

    def vanish(self, client: str, chance: random.Random) -> None:
        base = self.server.model(f"test/{chance.choice(HANGS)}")
        event = begin(base, "process", [upload(base, self.song)], client)
        with httpx.stream("GET", event, timeout=60):
            time.sleep(chance.uniform(0, 0.7))

    def half_upload(self, client: str, chance: random.Random) -> None:
        address = urlsplit(self.server.url)
        with socket.create_connection((address.hostname, address.port), timeout=10) as half:
            half.sendall(
                f"POST /gradio_api/upload HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Length: 9000000\r\n"
                "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
                '--x\r\nContent-Disposition: form-data; name="files"; filename="a.wav"\r\n\r\n'.encode()
                + b"\0" * chance.randrange(1, 1_000_000)
            )


def count(server: RunningServer, home: Path) -> dict[str, int]:
    """Return what the server holds."""
    process = psutil.Process(server.process.pid)
    work = home / "work"
    scratch = ("uploads/*", "jobs/*", "workers/run-*/*/in/*", "workers/run-*/*/out/*")
    return {
        "processes": len(process.children(recursive=True)),
        "open files": process.num_fds(),
        "threads": process.num_threads(),
        "memory (MB)": process.memory_info().rss >> 20,
        "files of jobs": sum(len(list(work.glob(pattern))) for pattern in scratch),
    }


def allowed(start: dict[str, int], minutes: float) -> dict[str, int]:
    """Return the most that the server may hold at the end: idle workers beyond the start's are no leak."""
    workers = 4  # three warm ones, and one for the server's own work
    return {
        "processes": max(start["processes"], 2 + workers),
        "open files": start["open files"] + 4 * workers,
        "threads": start["threads"] + workers + 40,  # the pool of threads fills up to its size
        "memory (MB)": start["memory (MB)"] + 24 + int(min(minutes, 40) / 2),
        "files of jobs": 0,
    }


def leaks(held: dict[str, int], limits: dict[str, int]) -> bool:
    return any(held[what] > most for what, most in limits.items())


def run(minutes: float, seed: int) -> int:
    """Soak a server; returns the exit code."""
    with tempfile.TemporaryDirectory(prefix="harpist-soak-") as folder:
        home, song = Path(folder) / "home", Path(folder) / "song.wav"
        song.write_bytes(b"not decoded")
        with run_server(home, *FLAGS, module="tests.server.sinners") as server:
            soak = Soak(server, song, 0.0)
            for _ in range(10):
                soak.well("first", random.Random(seed))
            start = count(server, home)
            start["files of jobs"] = 0
            soak.until = time.monotonic() + minutes * 60
            clients = [
                threading.Thread(target=soak.live, args=(f"tab {number}", seed + number)) for number in range(CLIENTS)
            ]
            for client in clients:
                client.start()
            for client in clients:
                client.join()
            limits = allowed(start, minutes)
            patience = time.monotonic() + SETTLE
            while leaks(end := count(server, home), limits) and time.monotonic() < patience:
                time.sleep(0.5)
            soak.well("last", random.Random(seed))
        printed = [line for line in server.lines if "Traceback" in line or "ERROR" in line]
    print(f"{sum(soak.done.values())} doings in {minutes:g} min, seed {seed}: {dict(soak.done)}\n")
    print(f"{'':16}{'start':>10}{'end':>10}{'allowed':>10}")
    for what, most in limits.items():
        print(f"{what:16}{start[what]:>10}{end[what]:>10}{most:>10}{'   LEAK' if end[what] > most else ''}")
    for line in [*soak.wrong, *printed]:
        print(f"WRONG: {line}")
    return 1 if leaks(end, limits) or soak.wrong or printed or not soak.done else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    return run(options.minutes, options.seed)


if __name__ == "__main__":
    sys.exit(main())
