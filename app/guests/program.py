"""A guest's own process: ``python program.py APP.py NAME MIB`` serves the Gradio app NAME of a file.

Started by its path, not as a part of this package, so that the app imports what lies beside it and nothing of ours. It
says one line of JSON, ``{"port": …}`` or ``{"error": …}``. Then it answers each line of its standard input, the id of a
call, with ``{"event": id, "computes": true or false}``; and it ends when its standard input does: with the server.
"""

from __future__ import annotations

import importlib.util
import json
import os
import socket
import sys
import threading
from pathlib import Path
from typing import IO, Any

_OURS = Path(__file__).parent.parent


def main(path: Path, name: str, largest: int) -> None:
    """Load the app, serve it, and wait for the server's end."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Whatever the app prints goes to the log.
    os.dup2(2, 1)
    running: list[Any] = []
    threading.Thread(target=_answer_until_the_end, args=(report, running), daemon=True).start()
    try:
        port = _serve(path, name, largest, running)
    except (Exception, SystemExit) as error:
        reason = " ".join(str(error).split())[:200]
        told: dict[str, object] = {"error": f"{type(error).__name__}: {reason}" if reason else type(error).__name__}
    else:
        told = {"port": port}
    print(json.dumps(told), file=report, flush=True)
    if "error" in told:
        # Past Python's own end, which would complain of the thread that reads.
        os._exit(1)
    threading.Event().wait()


def _answer_until_the_end(report: IO[str], running: list[Any]) -> None:
    for line in sys.stdin.buffer:
        event = line.decode().strip()
        print(json.dumps({"event": event, "computes": _computes(running, event)}), file=report, flush=True)
    os._exit(0)


def _computes(running: list[Any], event: str) -> bool:
    """Return whether Gradio's queue works on a call, as far as this release of Gradio can be asked."""
    try:
        active = [job for app in running for batch in app._queue.active_jobs if batch for job in batch]
        return any(job._id == event for job in active)
    except Exception:
        return True


def _hide_paths() -> None:
    """Let errors reach callers without this machine's paths."""
    import gradio.queueing
    import gradio.utils

    shown = _module("one_line", _OURS / "workers" / "one_line.py")
    payload = gradio.utils.error_payload

    def told(error: BaseException | None, show_error: bool) -> Any:
        content = payload(error, show_error)
        return {**content, "error": shown.one_line(content["error"])} if content.get("error") else content

    modules: tuple[Any, ...] = (gradio.utils, gradio.queueing)
    for module in modules:
        module.error_payload = told


def _serve(path: Path, name: str, largest: int, running: list[Any]) -> int:
    _module("lighter_gradio", _OURS / "ui" / "lighter_gradio.py").lighten()
    import gradio

    _hide_paths()
    os.chdir(path.parent)
    ours = (_OURS.parent, Path(__file__).parent)
    sys.path[:] = [str(path.parent), *(place for place in sys.path if Path(place) not in ours)]
    sys.argv = [str(path)]
    blocks: Any = gradio.Blocks
    launch = blocks.launch
    # Many an app launches itself while it is imported, and would wait there for ever.
    blocks.launch = lambda *_arguments, **_options: (None, "", "")
    try:
        app = _load(path, name)
    finally:
        blocks.launch = launch
    if not isinstance(app, gradio.Blocks):
        raise TypeError(f"{name} in {path.name} is no Gradio app but a {type(app).__name__}")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    running.append(app)
    app.launch(
        server_name="127.0.0.1",
        server_port=port,
        share=False,
        inbrowser=False,
        quiet=True,
        prevent_thread_lock=True,
        show_error=True,
        max_file_size=largest * 2**20,
        ssr_mode=False,
    )
    return port


def _module(name: str, path: Path) -> Any:
    """Import a file as a module of that name."""
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path.name} is no Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _load(path: Path, name: str) -> object:
    module = _module("guest", path)
    if not hasattr(module, name):
        raise AttributeError(f"{path.name} defines no {name}")
    return getattr(module, name)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
