"""Nodes and clusters that run something else than the server: told in a sentence, and given no jobs."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.errors import SettingsError, WorkerError
from app.own_code import ROOT
from tests.backends.ray_cluster.on_nodes import OnNodes, content
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.ray_head import a_head

pytestmark = pytest.mark.slow
OTHER_RAY = "import ray; ray.__version__ = '2.1.0'"


@pytest.fixture
def on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], OnNodes]]:
    """Start a cluster whose Python looks for modules in a folder first, and a server on it."""
    # Ray lets a node look in the server's current folder, too, if the node has one of that path.
    monkeypatch.chdir(tmp_path)
    with tempfile.TemporaryDirectory(prefix="h", dir="/tmp") as name:
        heads = []

        def start(path: Path) -> OnNodes:
            head = a_head(Path(name), path=path)
            heads.append(head)
            return OnNodes(tmp_path / "home", head.__enter__().address, ray_min=1, ray_max=1)

        yield start
        for head in heads:
            head.__exit__(None, None, None)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """Our sources at another place, and the tests' endpoints."""
    for part in ("app", "endpoints", "tests/fixtures"):
        shutil.copytree(ROOT / part, tmp_path / "copied" / part, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "copied" / "tests" / "__init__.py").touch()
    return tmp_path / "copied"


def test_the_same_sources_may_lie_elsewhere(on: Callable[[Path], OnNodes], copied: Path, sound: Path) -> None:
    with on(copied) as nodes:
        assert content(nodes.do(nodes.run(spec(Mirror, "test/mirror"), sound))) == [sound.read_bytes()] * 2


@pytest.mark.parametrize(
    ("name", "here", "there", "told"),
    [
        ("config.py", "class Settings", "# mended\nclass Settings", "Harpist [0-9a-f]{12}, not [0-9a-f]{12}"),
        ("backends/ray_cluster/supervisor.py", "async def obstacle(", "async def can_start(", "which has no more"),
        ("config.py", "def environment_name(", "def name_as_variable(", "which has no more"),
    ],
    ids=["within", "called otherwise", "in parts"],
)
def test_a_node_whose_sources_differ_gets_no_jobs(
    name: str, here: str, there: str, told: str, on: Callable[[Path], OnNodes], copied: Path
) -> None:
    path = copied / "app" / name
    source = path.read_text()
    assert source.count(here) == 1
    path.write_text(source.replace(here, there))
    with pytest.raises(WorkerError, match=rf"now: node \S+ runs another version \({told}[\w ]*\)\.$"), on(copied):
        pass


def test_a_node_without_our_sources_gets_no_jobs(on: Callable[[Path], OnNodes], tmp_path: Path) -> None:
    (tmp_path / "empty" / "app").mkdir(parents=True)
    (tmp_path / "empty" / "app" / "__init__.py").touch()
    with (
        pytest.raises(WorkerError, match=r"node \S+ lacks Harpist, or something that it needs\.$"),
        on(tmp_path / "empty"),
    ):
        pass


def test_a_cluster_of_another_ray_is_refused(on: Callable[[Path], OnNodes], tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "sitecustomize.py").write_text(OTHER_RAY)
    with pytest.raises(SettingsError, match=r"runs another Ray or Python than this server; both must be the same\.$"):
        on(tmp_path / "other")
