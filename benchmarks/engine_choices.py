"""Table 6: what each of the engine's choices saves or costs."""

from __future__ import annotations

import ctypes
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path

import numpy as np
import torch

from app.audacitorch.torchscript import executor, open_archive
from app.workers import heap
from benchmarks import models
from benchmarks.measuring import Ratios, in_turns, ratios, seconds
from benchmarks.models import BenchmarkModel
from benchmarks.servers import Server, harpist
from benchmarks.sounds import file_of, music
from benchmarks.table import Options, Table, command

COLUMNS = ("Model", "Choice", "Ratio", "Least – most", "Turns", "Remark")
Row = tuple[str, ...]


def measure(options: Options) -> Table:
    """Measure every choice, with one torch thread unless it says otherwise, freed memory being kept as in a worker."""
    torch.set_num_threads(1)
    heap.keep_freed_memory()
    chosen = (models.SMALL_CONV_TASNET,) if options.quick else (models.CONV_TASNET, models.RECURRENT)
    turns = 1 if options.quick else 3
    chunk = 1.0 if options.quick else 5.0
    rows: list[Row] = []
    for model in chosen:
        folder = model.export(options.home)
        sound = torch.from_numpy(music(chunk, model.rate, 2 if model.stereo else 1))
        rows += _executor(model, folder, sound, turns)
        rows += _lengths(model, folder, turns, options.quick)
        rows += _warm_up(model, folder, sound, turns)
        rows.append(_bf16(model, folder, sound, turns))
        rows += _freed_memory(model, folder, turns, 1.0 if options.quick else 30.0)
    heavy = chosen[0]
    rows += _threads(options, heavy, file_of(options.home, chunk), 1 if options.quick else 3)
    return Table(COLUMNS, rows)


def _opened(folder: Path) -> torch.jit.ScriptModule:
    model = open_archive(folder / "model.pt", torch.device("cpu"))
    model.eval()
    return model


def _call(
    model: Callable[..., torch.Tensor], sound: torch.Tensor, mode: AbstractContextManager[object]
) -> torch.Tensor:
    with mode:
        return model(sound)


def _timed(model: Callable[..., torch.Tensor], sound: torch.Tensor) -> Callable[[], float]:
    """Return a measurement of a warm model."""
    for _ in range(3):
        _call(model, sound, torch.inference_mode())
    return lambda: seconds(lambda: _call(model, sound, torch.inference_mode()))


def _without_warnings(make: Callable[[], torch.jit.ScriptModule]) -> torch.jit.ScriptModule:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch.jit is deprecated; so much is known
        return make()


def _executor(model: BenchmarkModel, folder: Path, sound: torch.Tensor, turns: int) -> list[Row]:
    plain = _opened(folder)
    works = {"plain": _timed(plain, sound)}
    failed: list[Row] = []
    for name, change in (("freeze", torch.jit.freeze), ("optimize_for_inference", torch.jit.optimize_for_inference)):
        try:
            works[name] = _timed(_without_warnings(lambda change=change: change(_opened(folder))), sound)
        except RuntimeError as error:
            failed.append((model.title, f"`torch.jit.{name}` / as loaded", "", "", "0", f"fails: {str(error)[:60]}"))
    works["no_grad"] = lambda: seconds(lambda: _call(plain, sound, torch.no_grad()))
    works["grad"] = lambda: seconds(lambda: _call(plain, sound, torch.enable_grad()))
    _call(plain, sound, torch.no_grad()), _call(plain, sound, torch.enable_grad())
    results = in_turns(works, turns)
    rows = [
        (model.title, f"`torch.jit.{name}` / as loaded", *ratios(results, name, "plain").cells, "")
        for name in ("freeze", "optimize_for_inference")
        if name in works
    ]
    rows.append((model.title, "`inference_mode` / `no_grad`", *ratios(results, "plain", "no_grad").cells, ""))
    rows.append((model.title, "`inference_mode` / gradients kept", *ratios(results, "plain", "grad").cells, ""))
    return rows + failed


def _lengths(model: BenchmarkModel, folder: Path, turns: int, quick: bool) -> list[Row]:
    """Return the time per second of sound for several chunk lengths, and what changing lengths cost."""
    opened = _opened(folder)
    lengths = (0.5, 1.0) if quick else (1.0, 2.5, 5.0, 10.0, 20.0, 40.0)
    usual = 1.0 if quick else 10.0
    region = torch.from_numpy(music(max(lengths), model.rate, 2 if model.stereo else 1))

    def over(length: float) -> float:
        """Run over one region's worth of chunks, at most 10 s of it."""
        samples = round(length * model.rate)
        pieces = region[:, : max(samples, round(10 * model.rate))].split(samples, dim=1)
        taken = [piece for piece in pieces if piece.shape[1] == samples]
        with torch.inference_mode():
            return seconds(lambda: [opened(piece) for piece in taken]) / (len(taken) * length)

    for length in lengths:
        over(length)
    results = in_turns({str(length): lambda length=length: over(length) for length in lengths}, min(turns, 2))
    rows = [
        (
            model.title,
            f"chunks of {length:g} s / of {usual:g} s",
            *ratios(results, str(length), str(usual)).cells,
            "time per second of sound, overlap left out",
        )
        for length in lengths
        if length != usual
    ]
    rows += _changing_lengths(model, folder, turns)
    return rows


def _changing_lengths(model: BenchmarkModel, folder: Path, turns: int) -> list[Row]:
    """Compare eight calls of one length with eight whose lengths differ a little, each on a freshly loaded model."""
    base = round(0.5 * model.rate)
    changing = [base + 16 * number for number in (3, -2, 1, -4, 2, -3, 4, -1)]
    sound = torch.from_numpy(music(1.0, model.rate, 2 if model.stereo else 1))

    def calls(lengths: Sequence[int], *, engine: bool) -> float:
        fresh = _opened(folder)
        sounds = [sound[:, :length] for length in lengths]
        with torch.inference_mode(), executor() if engine else nullcontext():
            return seconds(lambda: [fresh(sound) for sound in sounds])

    works = {
        "fixed": lambda: calls([base] * 8, engine=True),
        "changing": lambda: calls(changing, engine=True),
        "torch's": lambda: calls(changing, engine=False),
    }
    for work in works.values():
        work()
    results = in_turns(works, turns)
    remark = "first 8 calls, of 0.5 s each, after loading"
    return [
        (model.title, "one length / changing lengths", *ratios(results, "fixed", "changing").cells, remark),
        (
            model.title,
            "changing lengths, executor as the engine sets it / as torch does",
            *ratios(results, "changing", "torch's").cells,
            remark,
        ),
    ]


def _warm_up(model: BenchmarkModel, folder: Path, sound: torch.Tensor, turns: int) -> list[Row]:
    """Compare the first and second call after loading with the fourth."""
    short = sound[:, : round(0.5 * model.rate)]
    times: list[list[float]] = []
    for _ in range(turns):
        fresh = _opened(folder)
        times.append([seconds(lambda fresh=fresh: _call(fresh, short, torch.inference_mode())) for _ in range(4)])
    return [
        (
            model.title,
            f"{name} call / fourth",
            *Ratios(tuple(one[place] / one[3] for one in times)).cells,
            "0.5 s each, executor as torch sets it",
        )
        for place, name in enumerate(("first", "second"))
    ]


def _bf16(model: BenchmarkModel, folder: Path, sound: torch.Tensor, turns: int) -> Row:
    """Compare bf16 autocast with float32."""
    opened = _opened(folder)

    def cast() -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16), torch.inference_mode():
            return opened(sound)

    name = "bf16 autocast / float32"
    try:
        result = cast().float().numpy()
    except RuntimeError as error:
        return model.title, name, "", "", "0", f"fails: {str(error).strip().splitlines()[-1][:80]}"
    exact = _call(opened, sound, torch.inference_mode()).numpy()
    error = 10 * np.log10(float(np.sum((result - exact) ** 2)) / float(np.sum(exact**2)) + 1e-20)
    works = {
        "bf16": lambda: seconds(cast),
        "float32": lambda: seconds(lambda: _call(opened, sound, torch.inference_mode())),
    }
    return model.title, name, *ratios(in_turns(works, turns), "bf16", "float32").cells, f"error {error:.0f} dB"


def _freed_memory(model: BenchmarkModel, folder: Path, turns: int, length: float) -> list[Row]:
    if sys.platform != "linux":
        return []
    opened = _opened(folder)
    sound = torch.from_numpy(music(length, model.rate, 2 if model.stereo else 1))
    call = _timed(opened, sound)

    def given_back() -> float:
        for threshold in (-1, -3):  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD, as glibc begins
            ctypes.CDLL(None).mallopt(threshold, 128 * 1024)
        heap.give_back()
        return call()

    def kept() -> float:
        heap.keep_freed_memory()
        _call(opened, sound, torch.inference_mode())
        return call()

    found = ratios(in_turns({"kept": kept, "given back": given_back}, turns), "kept", "given back")
    heap.keep_freed_memory()
    return [(model.title, "freed memory kept / given back at once", *found.cells, f"a call of {length:g} s")]


def _threads(options: Options, model: BenchmarkModel, sound: Path, turns: int) -> list[Row]:
    """Compare all cores for a job alone and a share for jobs side by side, the default, with fixed numbers."""
    cores = os.cpu_count() or 1
    fixed = {
        f"two workers of {max(1, cores // 2)}": ("--workers", "2", "--threads", str(max(1, cores // 2))),
        f"one worker of {cores}": ("--workers", "1", "--threads", str(cores)),
    }
    rows: list[Row] = []
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(harpist(options.home, [model], *flags))
            for name, flags in {"default": (), **fixed}.items()
        }
        for callers in (1, 2):
            works = {
                name: lambda server=server, callers=callers: _jobs(server, model, sound, callers)
                for name, server in servers.items()
            }
            for work in works.values():
                work()
            results = in_turns(works, turns)
            remark = f"{callers} job{'s at once' if callers > 1 else ' alone'}, {cores} cores"
            rows += [
                (
                    model.title,
                    f"threads by the number of jobs / {name}",
                    *ratios(results, "default", name).cells,
                    remark,
                )
                for name in fixed
            ]
    return rows


def _jobs(server: Server, model: BenchmarkModel, sound: Path, callers: int) -> float:
    """Return how long so many jobs take that are sent at once (s)."""
    with ThreadPoolExecutor(callers) as pool:
        return seconds(lambda: list(pool.map(lambda _: server.job(model, sound), range(callers))))


if __name__ == "__main__":
    command("engine_choices", measure)
