"""The build of PyTorch that is installed, against a small index on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from install_torch import pinned

SCRIPT = Path(__file__).parents[1] / "install_torch.py"
VERSION = pinned().partition("==")[2]


@dataclass
class Index:
    """A package index with PyTorch's layout."""

    url: str
    asked: list[str] = field(default_factory=list)


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    served = tmp_path / "index"
    for build in ("cpu", "cu130"):
        _put_wheel(served / "whl" / build / "torch", build)

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            found.asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(served))) as server:
        found = Index(f"http://127.0.0.1:{server.server_port}/whl")
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def _put_wheel(folder: Path, build: str) -> None:
    folder.mkdir(parents=True)
    name, info = f"torch-{VERSION}+{build}-py3-none-any.whl", f"torch-{VERSION}+{build}.dist-info"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        wheel.writestr("torch.py", f"build = {build!r}\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: torch\nVersion: {VERSION}+{build}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{name.replace("+", "%2B")}">{name}</a>\n')


def installed(tmp_path: Path, index: str, *flags: str, gpu: bool = False) -> tuple[int, str, str]:
    """Run the script; return its exit code, what it said, and which build it installed."""
    programs, target = tmp_path / "bin", tmp_path / "installed"
    programs.mkdir()
    if gpu:
        (programs / "nvidia-smi").write_text("#!/bin/sh\necho 'GPU 0: NVIDIA Test (UUID: GPU-0)'\n")
        (programs / "nvidia-smi").chmod(0o755)
    # What is set for this machine's own pip must not help.
    environment = {name: text for name, text in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PIP_CONFIG_FILE": os.devnull, "PIP_TARGET": str(target), "PATH": str(programs)}
    done = subprocess.run(
        [sys.executable, str(SCRIPT), "--index", index, *flags],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    module = target / "torch.py"
    return done.returncode, done.stdout + done.stderr, module.read_text() if module.exists() else ""


def test_without_a_gpu_the_build_for_processors_is_taken(tmp_path: Path, index: Index) -> None:
    expected = "build = 'cpu'\n" if sys.platform == "linux" else ""
    assert installed(tmp_path, index.url) == (0, "", expected)


def test_with_a_gpu_pypis_build_is_left_to_come(tmp_path: Path, index: Index) -> None:
    assert installed(tmp_path, index.url, gpu=True) == (0, "", "")
    assert index.asked == []


def test_whoever_installs_may_choose(tmp_path: Path, index: Index) -> None:
    assert installed(tmp_path, index.url, "--build", "cu130") == (0, "", "build = 'cu130'\n")


def test_pypis_build_may_be_chosen_without_a_gpu(tmp_path: Path, index: Index) -> None:
    assert installed(tmp_path, index.url, "--build", "pypi") == (0, "", "")
    assert index.asked == []


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere PyPI's build is taken in any case")
def test_an_index_out_of_reach_is_told_in_one_line(tmp_path: Path) -> None:
    code, said, build = installed(tmp_path, "http://127.0.0.1:9/whl")
    assert (code, build) == (0, "")
    assert said == (
        "PyTorch's index, http://127.0.0.1:9/whl, cannot be reached: PyPI's build comes instead, "
        "with 5 GB for NVIDIA GPUs.\n"
    )


def test_a_build_that_was_asked_for_and_is_not_there_is_an_error(tmp_path: Path, index: Index) -> None:
    code, said, build = installed(tmp_path, index.url, "--build", "rocm7.0")
    assert (code, build) == (1, "")
    assert said == f"torch=={VERSION} (rocm7.0) could not be had from {index.url}.\n"


def test_a_build_of_another_kind_is_refused(tmp_path: Path, index: Index) -> None:
    code, said, _ = installed(tmp_path, index.url, "--build", "../evil")
    assert code == 2
    assert "--build expects auto, pypi, cpu, cu130, rocm7.0 or the like, not “../evil”" in said
