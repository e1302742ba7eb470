"""Table 12: what our hosts of plugins cost beside programs that do the same, and how fast SPSA goes by processes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median

from benchmarks.measuring import in_turns, ratios, shown
from benchmarks.servers import ROOT
from benchmarks.sounds import file_of
from benchmarks.table import Options, Table, command

COLUMNS = ("What", "Ratio", "Least – most", "Turns")

CALF, LSP = "http://calf.sourceforge.net/plugins/", "http://lsp-plug.in/plugins/lv2/"
_LV2 = {
    "Calf MultibandCompressor": (f"{CALF}MultibandCompressor", {"bypass0": 0.0, "bypass1": 0.0}),
    "Calf MultibandGate": (f"{CALF}MultibandGate", {"bypass0": 0.0, "bypass1": 0.0}),
    "LSP graphic equaliser x32": (f"{LSP}graph_equalizer_x32_stereo", {"slope": 4.0}),
    "LSP limiter": (f"{LSP}limiter_stereo", {"boost": 0.0}),
}
_VST3 = {"ZamCompX2": {"threshold_db": -30.0}, "ZaMaximX2": {}}
_FOLDER = Path("/usr/lib/vst3")
_CHAIN = "endpoints/deepafx/chains/lv2/distortion.toml"


def measure(options: Options) -> Table:
    """Measure each host beside lv2apply or pedalboard, file to file, and SPSA by threads and processes."""
    turns = 1 if options.quick else 3
    source = file_of(options.home, 2.0 if options.quick else 20.0)
    target = options.home / "effect.wav"
    rows: list[tuple[str, ...]] = []
    for name, (uri, values) in _LV2.items():
        told = [text for pair in values.items() for text in ("-c", *map(str, pair))]
        theirs = ["lv2apply", "-i", str(source), "-o", str(target), *told, uri]
        rows += _compared(f"{name}: our LV2 host / lv2apply", _ours("lv2", uri, source, target, values), theirs, turns)
    for name, values in _VST3.items():
        path = str(_FOLDER / f"{name}.vst3")
        both = [_ours(host, path, source, target, values) for host in ("vst3", "pedalboard")]
        rows += _compared(f"{name}: our VST3 host / pedalboard", *both, turns)
    ours = _ours("torch", "harpist:multiband-compressor", source, target, {"ratio_1": 2.0, "ratio_2": 2.0})
    uri, values = _LV2["Calf MultibandCompressor"]
    calf = _ours("lv2", uri, source, target, values)
    rows += _compared("Multiband compressor: the torch set's / Calf's, either by us", ours, calf, turns)
    for name in ("distortion", "mastering"):
        both = [_turned(name, how, source, target) for how in ("moving", "still")]
        rows += _compared(f"{name}'s chain by the torch set: knobs turned every 3 ms / left alone", *both, turns)
    spsa, notes = _spsa(options)
    return Table(COLUMNS, [*rows, *spsa], notes)


def _ours(host: str, name: str, source: Path, target: Path, values: dict[str, float]) -> list[str]:
    return [sys.executable, "-m", "benchmarks.one_effect", host, name, str(source), str(target), json.dumps(values)]


def _turned(name: str, how: str, source: Path, target: Path) -> list[str]:
    folder = f"endpoints/deepafx/trained/{name}"
    return [sys.executable, "-m", "benchmarks.one_chain", folder, how, str(source), str(target)]


def _compared(what: str, ours: list[str], theirs: list[str], turns: int) -> list[tuple[str, ...]]:
    works: dict[str, Callable[[], float]] = {
        "ours": lambda: _processor_seconds(ours),
        "theirs": lambda: _processor_seconds(theirs),
    }
    return [(what, *ratios(in_turns(works, turns), "ours", "theirs").cells)]


def _processor_seconds(program: list[str]) -> float:
    """Return the processor time of a program, its start among it; others' load counts for little there."""
    with subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise RuntimeError(f"{program[:3]} failed: {said.decode(errors='replace')[-500:]}")
    return used.ru_utime + used.ru_stime


def _spsa(options: Options) -> tuple[list[tuple[str, ...]], list[str]]:
    """Return the rows of a step's speed by threads and by processes, and a note with steps a second."""
    items, steps, turns = (2, 2, 1) if options.quick else (16, 10, 3)
    works: dict[str, Callable[[], float]] = {"1 thread": lambda: steps / _run(1, items, 1, steps)}
    works["2 threads"] = lambda: steps / _run(1, items, 2, steps)
    works["2 processes"] = lambda: steps / _run(2, items // 2, 1, steps)
    found = in_turns(works, turns)
    what = f"SPSA, distortion chain (21 knobs), {items} items: steps a second in"
    rows = [(f"{what} {name} / in 1 thread", *ratios(found, name, "1 thread").cells) for name in works][1:]
    told = ", ".join(f"{name} {shown(median(turn[name] for turn in found))}" for name in works)
    return rows, [f"SPSA steps a second, median: {told}."]


def _run(processes: int, items: int, threads: int, steps: int) -> float:
    """Return the seconds until the last of so many processes, which begin together, has made its steps."""
    program = [sys.executable, "-m", "benchmarks.spsa_steps", _CHAIN, str(items), str(threads), str(steps)]
    pipe = subprocess.PIPE
    started = [subprocess.Popen(program, cwd=ROOT, stdin=pipe, stdout=pipe, text=True) for _ in range(processes)]
    try:
        for process in started:
            assert process.stdout is not None
            if process.stdout.readline() != "warm\n":
                raise RuntimeError("a chain of LV2 plugins did not start")
        for process in started:
            assert process.stdin is not None
            process.stdin.write("\n")
            process.stdin.flush()
        return max(float(process.communicate(timeout=600)[0]) for process in started)
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    command("effects", measure)
