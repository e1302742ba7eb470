"""The worker's main loop: build one endpoint, then process one region after another.

Standard library only; the endpoint's own module brings what it needs. Records come and go as in
:mod:`app.workers.messages`.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import queue
import sys
import threading
import time
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from app.config import environment_name
from app.endpoint import Endpoint, FileOutput, Outputs, Region, TextOutput, TrackFile
from app.errors import HarpistError, JobCancelledError, ModelRunError, WorkerError
from app.harp.controls import TRACKS, MidiTrack
from app.harp.labels import LabelList
from app.harp.wire import label_json
from app.workers import heap
from app.workers.messages import (
    LONGEST_RECORD,
    BrokenRecordError,
    Cancel,
    Failed,
    Finished,
    Load,
    Message,
    Progressed,
    Ready,
    Run,
    decode,
    encode,
)
from app.workers.one_line import one_line
from app.workers.sandbox.confinement import confine, limit_memory, private_memory
from app.workers.sandbox.privileges import met_file_limit
from app.workers.sandbox.terms import Sandbox, enter
from app.workers.sentences import failure_sentence, file_sentence, memory_sentence, tells_of_memory

_REPORT_EVERY = 0.05
"""Seconds between two progress records."""


def main(connection: Connection, sandbox: Sandbox) -> None:
    """Run the worker until the server closes the pipe.

    Args:
        connection: this worker's end of the pipe.
        sandbox: what it may still do.
    """
    confine(connection.fileno())
    held = private_memory()
    heap.keep_freed_memory()
    worker = _Worker(connection, sandbox, _enter(sandbox), held)
    threading.Thread(target=worker.listen, name="listener", daemon=True).start()
    worker.work()


def _enter(sandbox: Sandbox) -> str:
    """Close the sandbox; return a sentence where a layer that this machine has would not close: nothing runs then."""
    try:
        enter(sandbox)
    except Exception as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return one_line(f"The server could not close the sandbox around the model: {reason}.")
    return ""


class _Job:
    """The running job, as its endpoint sees it."""

    def __init__(self, job_id: str, send: Callable[[bytes], None]) -> None:
        self.id = job_id
        self.cancelled = False
        self._send = send
        self._reported = 0.0
        self._tidying = heap.Tidying()

    def report(self, fraction: float, said: str = "") -> None:
        if self.cancelled:
            raise JobCancelledError("The job was cancelled.")
        self._tidying.report()
        now = time.monotonic()
        if now - self._reported >= _REPORT_EVERY:
            self._reported = now
            self._send(encode(Progressed(self.id, min(max(float(fraction), 0.0), 1.0), one_line(said))))


class _Worker:
    def __init__(self, connection: Connection, sandbox: Sandbox, refusal: str, held: int) -> None:
        self._connection = connection
        self._sending = threading.Lock()
        self._memory = sandbox.memory
        self._held = held
        self._file_size = sandbox.file_size
        self._refusal = refusal
        self._inbox: queue.SimpleQueue[Load | Run] = queue.SimpleQueue()
        self._jobs: dict[str, _Job] = {}
        self._endpoint: Endpoint | None = None

    def listen(self) -> None:
        """Read records beside the work, so that a cancel is noticed, and end when the server is gone."""
        try:
            while True:
                message = decode(self._connection.recv_bytes())
                if isinstance(message, Cancel):
                    job = self._jobs.get(message.job)
                    if job is not None:
                        job.cancelled = True
                elif isinstance(message, Run):
                    # Known before it starts, so that a cancel that follows at once finds it.
                    self._jobs[message.job] = _Job(message.job, self._send)
                    self._inbox.put(message)
                elif isinstance(message, Load):
                    self._inbox.put(message)
        except (EOFError, OSError, BrokenRecordError):
            os._exit(0)

    def work(self) -> None:
        """Answer each Load and Run, in order."""
        while True:
            message = self._next()
            answer = self._answer(message)
            if met_file_limit() and isinstance(answer, Failed):
                answer = Failed(answer.job, ModelRunError.__name__, file_sentence(self._file_size))
            if isinstance(message, Run):
                del self._jobs[message.job]
            self._send(_encoded(answer))

    def _next(self) -> Load | Run:
        """Wait for something to do; a worker that has nothing for a while keeps no memory that it does not use."""
        try:
            return self._inbox.get(timeout=heap.IDLE)
        except queue.Empty:
            heap.give_back()
            return self._inbox.get()

    def _send(self, record: bytes) -> None:
        # An endpoint may report from threads of its own.
        with self._sending:
            self._connection.send_bytes(record)

    def _answer(self, message: Load | Run) -> Message:
        job = message.job if isinstance(message, Run) else ""
        out_of_memory = False
        if self._refusal:
            return Failed(job, WorkerError.__name__, self._refusal)
        try:
            if isinstance(message, Load):
                return Ready(one_line(self._build(message)))
            return self._process(message)
        except HarpistError as error:
            return Failed(job, type(error).__name__, one_line(error.message))
        except MemoryError:
            out_of_memory = True
        except Exception as error:
            out_of_memory = tells_of_memory(error)
            if not out_of_memory:
                return Failed(job, ModelRunError.__name__, failure_sentence(error))
        # Only now is the exception gone, and with it the frames that held the memory.
        return Failed(job, ModelRunError.__name__, memory_sentence(self._memory))

    def _build(self, message: Load) -> str:
        """Set up the endpoint, and return what its operator should know."""
        os.environ[environment_name("precision")] = message.precision
        for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
            os.environ[name] = str(message.threads)
        if message.weights:
            # Whatever the endpoint asks for: a file of the hub may be a pickle, which runs what it likes.
            os.environ["TORCH_FORCE_WEIGHTS_ONLY_LOAD"] = "1"
            os.environ.pop("TORCH_FORCE_NO_WEIGHTS_ONLY_LOAD", None)
        module, _, attribute = message.factory.partition(":")
        factory = getattr(importlib.import_module(module), attribute)
        # Variables of the environment come too late for a torch that the fork server has imported.
        _use_threads(message.threads)
        torch: Any = sys.modules.get("torch")
        device = _device(message.device, message.worker, torch)
        if device != "cpu":
            self._memory = 0
        elif self._memory:
            os.environ[environment_name("memory")] = f"{self._memory / 2**30:.3f}"
            limit_memory(self._memory, self._held)
        endpoint: Endpoint = factory(**message.arguments)
        if message.weights:
            # On the class it is what the endpoint states, here where that lies.
            vars(endpoint)["weights"] = {repo: Path(folder) for repo, folder in message.weights.items()}
        endpoint.setup(device)
        self._endpoint = endpoint
        return str(getattr(endpoint, "notice", ""))

    def _process(self, message: Run) -> Finished:
        endpoint = self._endpoint
        if endpoint is None:
            raise ModelRunError("The model is not loaded.")
        tracks = tuple(None if track is None else TrackFile(Path(track[0]), track[1]) for track in message.tracks)
        if message.threads:
            _use_threads(message.threads)
        _refuse_broken_midi(endpoint, tracks)
        controls = {
            name: tuple(value) if isinstance(value, list) else value for name, value in message.controls.items()
        }
        outputs = endpoint.process(
            Region(tracks, Path(message.folder), message.too_loud), controls, self._jobs[message.job]
        )
        return Finished(message.job, records_of(outputs))


def _refuse_broken_midi(endpoint: Endpoint, tracks: Sequence[TrackFile | None]) -> None:
    """Look at MIDI files before an endpoint's library does.

    Raises:
        MidiFileError: one is broken.
    """
    kinds = [item for item in getattr(endpoint, "inputs", ()) if isinstance(item, TRACKS)]
    for track, kind in zip(tracks, kinds):
        if track is not None and isinstance(kind, MidiTrack):
            from app.midi.reading import read_midi

            read_midi(track.path)


def _use_threads(count: int) -> None:
    """Let torch compute with so many threads when it is called from this one."""
    torch: Any = sys.modules.get("torch")
    if torch is not None:
        with contextlib.suppress(RuntimeError):
            torch.set_num_threads(count)


def _device(wanted: str, worker: int, torch: Any) -> str:
    """Settle what ``auto`` means on this machine, and whose turn it is where there are several GPUs."""
    cuda = torch is not None and torch.cuda.is_available()
    if wanted in ("auto", "cuda") and cuda:
        count = torch.cuda.device_count()
        return f"cuda:{worker % count}" if count > 1 else "cuda"
    if wanted != "auto":
        return wanted
    return "mps" if torch is not None and torch.backends.mps.is_available() else "cpu"


def records_of(outputs: Outputs) -> list[dict[str, Any]]:
    """Return outputs as the server reads them (see :class:`app.workers.messages.Finished`).

    Raises:
        ModelRunError: they are neither files nor labels nor text.
    """
    records: list[dict[str, Any]] = []
    try:
        for output in outputs:
            if isinstance(output, FileOutput):
                records.append({"file": str(output.path), "label": output.label, "notice": output.notice})
            elif isinstance(output, LabelList):
                records.append({"labels": [label_json(label) for label in output.labels], "notice": output.notice})
            elif isinstance(output, TextOutput):
                records.append({"text": output.text, "notice": output.notice})
            else:
                raise ModelRunError(f"The model returned {type(output).__name__}: no file, no labels and no text.")
    except (TypeError, AttributeError, KeyError):
        raise ModelRunError("The model’s result is neither files nor labels nor text.") from None
    return records


def _encoded(answer: Message) -> bytes:
    reason = "The model’s labels hold something that is neither a finite number nor text."
    try:
        record = encode(answer)
        if len(record) <= LONGEST_RECORD:
            return record
        reason = "The model returned more labels than can be shown."
    except (TypeError, ValueError):
        pass
    job = answer.job if isinstance(answer, Finished) else ""
    return encode(Failed(job, ModelRunError.__name__, reason))
