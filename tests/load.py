"""``python -m tests.load``: many callers at once on one server with two workers, each with a key of its own.

Each sends a file, has it processed, fetches what came back, and begins anew. What they saw is set against what the
server counted. The exit code is 1 where a job was lost or came back as another one, where somebody waited more than
three times as long as most, or where one of the server's numbers is not the callers'. A wait is measured in seconds,
and in answers that others had meanwhile, which a machine that stands still for a moment does not change.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from app.web.access.keys import KeyStore
from tests.fixtures.specs import wav
from tests.server.running import RunningServer, run_server

WORKERS = 2
UNEVEN = 3.0
"""How many times the median wait the longest may be: all ask for the same, so that all wait the same."""
PATIENCE = 300.0
"""Seconds for one answer; a caller that waits longer has lost a job."""
_CONTROLS = ["Keep stereo", 0.3, True, 0.2, ""]
"""Of the endpoint; each job takes 0.2 s, so that callers wait for the workers, and not for each other's sending."""
_COUNTED = re.compile(r"^(harpist_\w+)(?:\{([^}]*)\})? (\S+)$", re.MULTILINE)


@dataclass
class Seen:
    """What the callers saw.

    Attributes:
        done: jobs whose files came back, by caller.
        waits: seconds from each process call to its answer.
        passed: how many answers others had meanwhile.
        uploads: files that the server took.
        sent: bytes of the requests that they came in.
        wrong: what nobody should see.
    """

    done: Counter[int] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    passed: list[float] = field(default_factory=list)
    uploads: int = 0
    sent: int = 0
    wrong: list[str] = field(default_factory=list)


async def live(number: int, key: str, base: str, client: httpx.AsyncClient, until: float, seen: Seen) -> None:
    """Be one caller, one job after another, until the time has come."""
    headers = {"Authorization": f"Bearer {key}"}
    for turn in itertools.count():
        if time.monotonic() > until:
            return
        sound = wav(f"caller {number:4} turn {turn:6} ".encode() * 20)
        try:
            sent = await client.post(f"{base}/upload", files={"files": ("a.wav", sound)}, headers=headers)
            [path] = sent.raise_for_status().json()
            seen.uploads += 1
            seen.sent += int(sent.request.headers["content-length"])
            data = [{"path": path, "meta": {"_type": "gradio.FileData"}}, *_CONTROLS]
            began, before = time.monotonic(), len(seen.waits)
            call = await client.post(f"{base}/call/process", json={"data": data}, headers=headers)
            event = call.raise_for_status().json()["event_id"]
            told = (await client.get(f"{base}/call/process/{event}", headers=headers)).text
            seen.passed.append(len(seen.waits) - before)
            seen.waits.append(time.monotonic() - began)
            kind, answer = [line for line in told.splitlines() if line][-2:]
            assert kind == "event: complete", answer
            for file in json.loads(answer.removeprefix("data: ")):
                came = await client.get(file["url"], headers=headers)
                assert came.raise_for_status().content == sound, "another sound came back"
            seen.done[number] += 1
        except (httpx.HTTPError, AssertionError, ValueError, KeyError) as error:
            seen.wrong.append(f"caller {number}: {type(error).__name__}: {error}")
            return


async def _all(keys: list[str], base: str, seconds: float, seen: Seen) -> None:
    # A connection for each request, as HARP makes them.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    async with httpx.AsyncClient(timeout=PATIENCE, limits=limits, trust_env=False) as client:
        until = time.monotonic() + seconds
        await asyncio.gather(*(live(number, key, base, client, until, seen) for number, key in enumerate(keys)))


def counted(server: RunningServer, key: str) -> dict[str, float]:
    """Return the server's numbers, by their name with its labels."""
    answer = httpx.get(f"{server.url}/metrics", headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE)
    found = _COUNTED.findall(answer.raise_for_status().text)
    return {f"{name}{{{labels}}}" if labels else name: float(value) for name, labels, value in found}


def compared(seen: Seen, numbers: dict[str, float], logged: list[dict[str, object]]) -> list[str]:
    """Return where the server's numbers are not what the callers saw.

    Args:
        seen: by the callers.
        numbers: of the server's, how much each has grown meanwhile.
        logged: a record for each job.
    """
    jobs = {name: value for name, value in numbers.items() if name.startswith("harpist_jobs_total")}
    done = seen.done.total()
    pairs = {
        "jobs that ended well": (jobs.get('harpist_jobs_total{endpoint="test/mirror",outcome="done"}', 0.0), done),
        "jobs in all": (sum(jobs.values()), done),
        "jobs that waited": (numbers["harpist_wait_seconds_count"], done),
        "jobs in the log": (len(logged), done),
        "people in the log": (len({record["caller"] for record in logged}), len(seen.done)),
        "jobs left": (numbers["harpist_jobs_waiting"] + numbers["harpist_jobs_running"], 0),
        "uploads": (numbers["harpist_uploads_total"], seen.uploads),
        "bytes": (numbers["harpist_upload_bytes_total"], seen.sent),
    }
    return [
        f"{what}: the server counts {ours:g}, its callers {theirs:g}"
        for what, (ours, theirs) in pairs.items()
        if ours != theirs
    ]


def unevenness(waits: list[float]) -> tuple[float, float, float]:
    """Return the median, the longest, and how many times the median that is."""
    median, longest = statistics.median(waits or [0.0]), max(waits, default=0.0)
    return median, longest, longest / median if median else 0.0


def run(callers: int, seconds: float, *, by_the_clock: bool = True) -> int:
    """Load a server; returns the exit code.

    Args:
        callers: how many.
        seconds: for how long they begin new jobs.
        by_the_clock: whether seconds are judged, beside the answers that others had meanwhile.
    """
    warm, seen = Seen(), Seen()
    with tempfile.TemporaryDirectory(prefix="harpist-load-") as folder:
        store = KeyStore(Path(folder))
        keys = [store.add(f"Caller {number}") for number in range(callers)]
        watcher = store.add("Watcher", may=("metrics",))
        flags = ["--require-key", "--metrics", "--log-format", "json", "--workers", str(WORKERS)]
        # Its mirror's sound is compared byte for byte.
        flags += ["--queue", str(callers), "--share-workers", "yes", "--no-provenance"]
        with run_server(Path(folder), *flags, module="tests.server.mirrors") as server:
            base = f"{server.model('test/mirror').replace('localhost', '127.0.0.1')}/gradio_api"
            asyncio.run(_all([keys[0]] * 2 * WORKERS, base, 1.0, warm))  # what starts now, nobody waits for later
            before = counted(server, watcher)
            began = time.monotonic()
            asyncio.run(_all(keys, base, seconds, seen))
            took = time.monotonic() - began
            after = counted(server, watcher)
        printed = server.lines
    numbers = {name: value - before.get(name, 0.0) for name, value in after.items()}
    logged = [json.loads(line) for line in printed if line.startswith('{"time"')][warm.done.total() :]
    wrong = [*warm.wrong, *seen.wrong, *compared(seen, numbers, logged)]
    wrong += [line for line in printed if "Traceback" in line or "ERROR" in line]
    fewest, most = min(seen.done.values(), default=0), max(seen.done.values(), default=0)
    print(f"{callers} callers, {WORKERS} workers, {took:.0f} s: {seen.done.total()} jobs, {fewest} to {most} a caller")
    if len(seen.done) < callers:
        wrong.append(f"{callers - len(seen.done)} callers had no job done")
    for waits, unit, judged in ((seen.waits, "s", by_the_clock), (seen.passed, "answers of others", True)):
        median, longest, uneven = unevenness(waits)
        print(f"a wait: median {median:.1f}, longest {longest:.1f} {unit}, {uneven:.2f} times the median")
        if judged and uneven > UNEVEN:
            wrong.append(f"the longest wait is more than {UNEVEN:g} times the median, in {unit}")
    for line in wrong:
        print(f"WRONG: {line}")
    return 1 if wrong else 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.load", description=__doc__)
    parser.add_argument("--callers", type=int, default=200, help="how many")
    parser.add_argument("--seconds", type=float, default=120.0, help="for how long they begin new jobs")
    options = parser.parse_args()
    return run(options.callers, options.seconds)


if __name__ == "__main__":
    sys.exit(main())
