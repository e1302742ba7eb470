"""A minimal Gradio app: one sound file in, one out."""

from __future__ import annotations

import gradio

from benchmarks.rivals import new_file, work


def process(path: str) -> str:
    """Read and write a file."""
    return str(work(path, new_file()))


if __name__ == "__main__":
    with gradio.Blocks() as app:
        source, result = gradio.Audio(type="filepath"), gradio.Audio(type="filepath")
        gradio.Button().click(process, source, result, api_name="process")
    _, url, _ = app.launch(server_name="127.0.0.1", quiet=True, prevent_thread_lock=True)
    print(url, flush=True)
    app.block_thread()
