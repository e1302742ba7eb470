"""What the ``spaces`` package of Hugging Face does on ZeroGPU, in short: each call runs in a forked process."""

import multiprocessing
import os
from pathlib import Path

LOG = Path(os.environ.get("FAKE_SPACES_LOG", os.devnull))


def note(text):
    with LOG.open("a") as log:
        log.write(text + "\n")


def GPU(duration=60):
    note("GPU")

    def decorate(task):
        def handler(*arguments):
            from gradio import Error
            from gradio.context import LocalContext

            if LOG.with_name("quota").exists():
                raise Error("You have exceeded your ZeroGPU quota.")
            if LOG.with_name("late").exists():
                raise Error("GPU task aborted", title="ZeroGPU worker error")
            note(f"asks for {duration(*arguments)} s")
            request = LocalContext.request.get(None)
            visitor = request.headers.get("x-harp-client") if request is not None else None
            context = multiprocessing.get_context("fork")
            results = context.SimpleQueue()

            def work():
                note(f"call tab={visitor} pid={os.getpid()} {os.getppid()}")
                for item in task(*arguments):
                    results.put(item)
                results.put(None)

            process = context.Process(target=work, daemon=True)
            process.start()
            while (item := results.get()) is not None:
                yield item
            process.join()

        return handler

    return decorate
