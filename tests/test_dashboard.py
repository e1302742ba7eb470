"""The dashboard: each of its queries, asked of a real Prometheus that reads what the server tells."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from app.backends.base import Census
from app.jobs.record import JobRecord
from app.web.metrics import Metrics
from tests.image import ROOT
from tests.proxies.programs import free_port

PROMETHEUS, PROMTOOL = (
    shutil.which(name) or str(ROOT / "build" / "prometheus" / name) for name in ("prometheus", "promtool")
)
needs_prometheus = pytest.mark.skipif(not Path(PROMTOOL).exists(), reason="needs Debian's prometheus: make system")
FUNCTIONS = {"sum", "by", "rate", "increase", "histogram_quantile", "le"}
LABELS = {"outcome", "endpoint", "state", "why", "le"}
RISES = None
"""What counts a second or an hour: how much depends on when Prometheus looked."""

BY_QUERY: dict[str, dict[tuple[str, ...], float | None]] = {
    "sum by (outcome) (rate(harpist_jobs_total[5m])) * 60": {("done",): RISES, ("repeated",): RISES},
    "harpist_jobs_waiting": {(): 2},
    "harpist_jobs_running": {(): 1},
    "histogram_quantile(0.5, sum by (le) (rate(harpist_wait_seconds_bucket[15m])))": {(): 2.0},
    "histogram_quantile(0.95, sum by (le) (rate(harpist_wait_seconds_bucket[15m])))": {(): 2.9},
    "sum by (endpoint) (rate(harpist_sound_seconds_total[1h])) / "
    "sum by (endpoint) (rate(harpist_computing_seconds_total[1h]))": {("a/b",): 4.0},
    "harpist_workers": {("busy",): 1, ("idle",): 3},
    "harpist_workers_memory_bytes / 1e9": {(): 5.0},
    "rate(harpist_upload_bytes_total[5m])": {(): RISES},
    "rate(harpist_hub_download_bytes_total[5m])": {(): RISES},
    "sum by (why) (increase(harpist_workers_ended_total[1h]))": {("crash",): RISES},
    "sum by (endpoint, outcome) (rate(harpist_app_calls_total[5m])) * 60": {("local/app", "taken"): RISES},
    "sum by (outcome) (increase(harpist_hub_installs_total[1h]))": {("done",): RISES},
    'sum(rate(harpist_jobs_total{outcome="repeated"}[1h])) / sum(rate(harpist_jobs_total[1h]))': {(): 0.25},
    "process_resident_memory_bytes": {(): RISES},
    "harpist_workers_memory_bytes": {(): 5e9},
}
"""What each query gives for what :class:`Busy` does, by the labels of its lines."""


class Busy:
    """A server's counts: in each round four jobs, of which one need not be computed, and one of all else."""

    def __init__(self) -> None:
        self._rounds = 0
        self.metrics = Metrics(lambda: 2, lambda: 1, self._census)
        self.metrics.watch_hub(lambda: 1000 * self._rounds, lambda: {"done": self._rounds})

    def one_round(self) -> None:
        for outcome in ("done", "done", "done", "repeated"):
            self.metrics.job_ended(JobRecord("1", "a/b", "", outcome, sound=8.0, waited=2.0, computed=2.0))
        self.metrics.uploaded(1000)
        self.metrics.app_called("local/app", "taken")
        self._rounds += 1

    def text(self) -> bytes:
        return bytes(self.metrics.answer().body)

    def _census(self) -> Census:
        return Census(busy=1, idle=3, memory=5_000_000_000, ended={"crash": self._rounds})


def queries() -> list[str]:
    panels = json.loads((ROOT / "docs" / "grafana.json").read_text(encoding="utf-8"))["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


def test_each_query_asks_for_metrics_that_there_are() -> None:
    busy = Busy()
    busy.one_round()
    told = set(re.findall(r"^(\w+)(?:\{| )", busy.text().decode(), re.MULTILINE))
    for query in queries():
        names = set(re.findall(r"[a-z_]\w*", re.sub(r"\[[^\]]*\]|\"[^\"]*\"|\b[\d.]+(e\d+)?\b", "", query)))
        assert names - FUNCTIONS - LABELS and names - FUNCTIONS - LABELS <= told, query


@needs_prometheus
def test_names_and_units_are_as_prometheus_wants_them() -> None:
    busy = Busy()
    busy.one_round()
    checked = subprocess.run([PROMTOOL, "check", "metrics"], input=busy.text(), capture_output=True, timeout=60)
    assert (checked.returncode, checked.stdout + checked.stderr) == (0, b"")


@needs_prometheus
def test_each_query_gives_what_was_counted(tmp_path: Path) -> None:
    assert set(queries()) == set(BY_QUERY)
    busy = Busy()
    busy.one_round()
    with told_by(busy) as target, prometheus(target, tmp_path) as ask:
        wait_for(lambda: looks(ask) >= 2)
        busy.one_round()
        seen = looks(ask)
        wait_for(lambda: looks(ask) >= seen + 2)
        for query, expected in BY_QUERY.items():
            found = ask(query)
            assert set(found) == set(expected), query
            for labels, value in expected.items():
                assert found[labels] > 0 if value is RISES else found[labels] == pytest.approx(value, rel=0.02), query


@contextmanager
def told_by(busy: Busy) -> Iterator[str]:
    """Give a server's counts to whoever asks; yields the host and the port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer = busy.metrics.answer()
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["content-type"])
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


Ask = Callable[[str], dict[tuple[str, ...], float]]


@contextmanager
def prometheus(target: str, folder: Path) -> Iterator[Ask]:
    """Run a Prometheus that looks at a server five times a second; yields what asks it a query."""
    settings = {
        "global": {"scrape_interval": "200ms"},
        "scrape_configs": [{"job_name": "harpist", "static_configs": [{"targets": [target]}]}],
    }
    (folder / "prometheus.yml").write_text(json.dumps(settings))  # which is YAML, too
    url = f"127.0.0.1:{free_port()}"
    line = [PROMETHEUS, f"--config.file={folder / 'prometheus.yml'}", f"--web.listen-address={url}"]
    line += [f"--storage.tsdb.path={folder / 'kept'}", "--log.level=error"]

    def ask(query: str) -> dict[tuple[str, ...], float]:
        answer = httpx.get(f"http://{url}/api/v1/query", params={"query": query}, timeout=30).json()
        assert answer["status"] == "success", answer
        where = ("__name__", "instance", "job")
        return {
            tuple(value for name, value in sorted(item["metric"].items()) if name not in where): float(item["value"][1])
            for item in answer["data"]["result"]
        }

    with subprocess.Popen(line, stdout=subprocess.DEVNULL) as program:
        try:
            wait_for(lambda: is_ready(url))
            yield ask
        finally:
            program.terminate()


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"http://{url}/-/ready", timeout=5).status_code == 200
    except httpx.TransportError:
        return False


def looks(ask: Ask) -> float:
    """Return how often the server has been looked at."""
    return ask("count_over_time(harpist_jobs_running[1h])").get((), 0)


def wait_for(happened: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
