"""What the server does, counted for Prometheus, by its own library."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.responses import Response

from app.backends.base import Census
from app.jobs.record import JobRecord
from app.web.node_readings import NodeReadings
from app.web.readings import Readings

_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OTHERS = "others"
_MOST = 300
"""Endpoints that are counted by name; a server that installs and removes for years must not grow."""
_SECONDS = (0.1, 0.3, 1, 3, 10, 30, 60, 180, 600, 1800)


class Metrics:
    """Counts jobs as they end, and looks at the rest when it is asked.

    Args:
        waiting: how many jobs wait now.
        running: how many run now.
        census: what the backend has at work now.
    """

    def __init__(
        self,
        waiting: Callable[[], int],
        running: Callable[[], int],
        census: Callable[[], Census],
    ) -> None:
        self._registry = registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        self._jobs = Counter("harpist_jobs", "Jobs that have ended.", ("endpoint", "outcome"), registry=registry)
        self._sound = Counter(
            "harpist_sound_seconds", "Seconds of sound in jobs that ended well.", ("endpoint",), registry=registry
        )
        self._computing = Counter(
            "harpist_computing_seconds", "Seconds that those jobs computed.", ("endpoint",), registry=registry
        )
        self._wait = Histogram("harpist_wait_seconds", "Seconds that jobs waited.", buckets=_SECONDS, registry=registry)
        self._uploads = Counter("harpist_uploads", "Uploads that were taken.", registry=registry)
        self._uploaded = Counter("harpist_upload_bytes", "Bytes of those.", registry=registry)
        Gauge("harpist_jobs_waiting", "Jobs that wait now.", registry=registry).set_function(waiting)
        Gauge("harpist_jobs_running", "Jobs that run now.", registry=registry).set_function(running)
        states = Gauge("harpist_workers", "Worker processes now.", ("state",), registry=registry)
        states.labels("busy").set_function(lambda: census().busy)
        states.labels("idle").set_function(lambda: census().idle)
        Gauge("harpist_workers_memory_bytes", "What they hold.", registry=registry).set_function(
            lambda: census().memory
        )
        registry.register(
            Readings("harpist_workers_ended", "Worker processes that have ended.", "why", lambda: census().ended)
        )
        registry.register(NodeReadings(census))
        self._app_calls = Counter(
            "harpist_app_calls", "Calls to Gradio apps beside the server.", ("endpoint", "outcome"), registry=registry
        )
        self._named: set[str] = set()

    def job_ended(self, record: JobRecord) -> None:
        """Count a job."""
        name = self._name(record.endpoint)
        self._jobs.labels(name, record.outcome).inc()
        self._wait.observe(record.waited)
        if record.outcome == "done":
            self._sound.labels(name).inc(record.sound)
            self._computing.labels(name).inc(record.computed)

    def uploaded(self, size: int) -> None:
        """Count an upload that has arrived, and its bytes."""
        self._uploads.inc()
        self._uploaded.inc(size)

    def app_called(self, endpoint: str, outcome: str) -> None:
        """Count a call to a Gradio app beside the server."""
        self._app_calls.labels(self._name(endpoint), outcome).inc()

    def watch_hub(self, received: Callable[[], int], installs: Callable[[], Mapping[str, float]]) -> None:
        """Tell of the hub from now on.

        Args:
            received: the bytes of files that have come from it.
            installs: how many installations have come to what.
        """
        self._registry.register(
            Readings("harpist_hub_download_bytes", "Bytes of files from the hub.", "", lambda: {"": received()})
        )
        self._registry.register(Readings("harpist_hub_installs", "Installations.", "outcome", installs))

    def answer(self) -> Response:
        """Return everything in Prometheus' text format."""
        return Response(generate_latest(self._registry), media_type=_TYPE, headers={"Cache-Control": "no-store"})

    def _name(self, endpoint: str) -> str:
        if endpoint not in self._named and len(self._named) >= _MOST:
            return _OTHERS
        self._named.add(endpoint)
        return endpoint
