"""Bare FastAPI: one request with a file, whose answer is the result."""

from __future__ import annotations

import shutil
import socket

import uvicorn
from fastapi import FastAPI, UploadFile
from fastapi.responses import FileResponse

from benchmarks.rivals import new_file, work

app = FastAPI()


@app.post("/process")
def process(files: UploadFile) -> FileResponse:
    """Read and write a file; FastAPI runs this in a thread."""
    kept = new_file()
    with kept.open("wb") as file:
        shutil.copyfileobj(files.file, file)
    return FileResponse(work(kept, new_file()))


if __name__ == "__main__":
    listening = socket.create_server(("127.0.0.1", 0))
    print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listening])
