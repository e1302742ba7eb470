"""Learns from two tracks of the user's own, before and after, and processes a region as it learnt."""

from __future__ import annotations

import json
import random
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from app.endpoint import Controls, Outputs, Progress, Region
from app.errors import InputError, ModelFormatError, ModelRunError, RequestError
from app.harp.card import ModelCard
from app.harp.controls import AudioTrack, Dropdown, Input, NumberBox, Slider
from app.harp.tags import taxonomy_tags
from app.lv2_folders import look_for_lv2
from endpoints.deepafx.controls import CONTROLS, OUTPUTS, asked_of
from endpoints.deepafx.match_chains import CHAINS, MASTERING, MatchChain, chain_of
from endpoints.deepafx.schedule import Look, Schedule

if TYPE_CHECKING:
    from endpoints.deepafx.chain import ChainPlan
    from endpoints.deepafx.folder import Result
    from endpoints.deepafx.pairs import Pair

_REGION = AudioTrack("Input Audio", "What is to be processed: any length, any sample rate, 1 to 32 channels.")
_BEFORE = AudioTrack("Before", "Sound as it was before your effects: 20 seconds or more, better a minute.")
_AFTER = AudioTrack("After", "The same sound after your effects: the same piece, as long, from the same start.")
_SECONDS = Slider(
    "seconds",
    "Train for",
    "In seconds: how long it learns, at most; it ends earlier where it comes no nearer. 30 s give a first impression, "
    "120 s are good for most, 600 s for hard cases. What was learnt is remembered, and costs nothing the next time.",
    "seconds",
    30,
    600,
    10,
    120,
)
_CHAIN = Dropdown(
    "chain",
    "Effects",
    "Whose knobs are learnt. “Mastering” sets tone, dynamics and level; “Tone” and “Dynamics” learn faster, and fit "
    "where only that was changed. “LV2” are plugins, which have to be installed on the server; they learn more slowly.",
    tuple(chain.name for chain in CHAINS),
    MASTERING.name,
)
_SEED = NumberBox(
    "seed",
    "Seed",
    "A number (no unit) that decides where the learning starts and what it hears first. 0 takes a new one each time, "
    "and so learns anew.",
    "no unit",
    0,
    999_999,
    1,
    1,
)
_INPUTS = (_REGION, _BEFORE, _AFTER, _SECONDS, _CHAIN, *CONTROLS, _SEED)

_EXAMPLES = Path(__file__).parent / "examples"

_TRAINING = 0.9
"""Of the progress of a job that learns first."""


class MatchMyMaster:
    """Trains an encoder for some seconds, or remembers one, and applies it.

    Args:
        learnt: an existing folder in which what was learnt is kept; empty: it is kept as long as this process.
        lv2: as `app.lv2_folders.look_for_lv2` takes it.
        plugins: a JSON object of further plugins that may be chosen, their addresses by name, as `open_effect` takes
            them; empty: none.
    """

    card = ModelCard(
        name="Match my master",
        author="Harpist",
        description=(
            "Learns how you work: give it 20 seconds or more of your own sound before and after your effects, and it "
            "processes other sound in that way. It hears the sound, and turns the knobs of an equaliser, a compressor "
            "and a limiter, or of LV2 plugins, as they would have been turned for it; you get the sound and all "
            "settings, to go on with by hand. Nothing leaves your server. Learnt settings are remembered by the sound "
            "of both tracks. It learns what these effects can do: no reverb, no echo, no edits."
        ),
        tags=(
            *taxonomy_tags("production", "mixing-style-transfer", 44100, "stereo", _INPUTS, OUTPUTS),
            "mastering",
            "before and after",
            "deepafx",
        ),
        licence="mit",
    )
    inputs: tuple[Input, ...] = _INPUTS
    outputs = OUTPUTS
    example = _EXAMPLES / "another-piece.ogg"
    further_examples = (_EXAMPLES / "before.ogg", _EXAMPLES / "after.ogg")
    keeps_length = True
    permits = ()

    def __init__(self, learnt: str = "", lv2: str = "", plugins: str = "") -> None:
        self._folder = Path(learnt) if learnt else None
        look_for_lv2(lv2)
        named: dict[str, str] = json.loads(plugins) if plugins else {}
        self._chains = {c.name: c for c in (*CHAINS, *(chain_of(name, uri) for name, uri in named.items()))}
        choices = tuple(self._chains)
        self.inputs = tuple(
            replace(item, choices=choices) if isinstance(item, Dropdown) and item.name == _CHAIN.name else item
            for item in self.inputs
        )

    def setup(self, device: str) -> None:
        """Make ready to remember; all is computed on the processor."""
        from endpoints.deepafx.remembered import Remembered

        self._remembered = Remembered(self._folder)

    def process(self, region: Region, controls: Controls, job: Progress) -> Outputs:
        """Learn from the second and third track, unless that was learnt before; then process the first.

        Raises:
            AudioFileError: one of them cannot be read.
            InputError: “Before” and “After” are too short, silent, or not the same piece.
            JobCancelledError: the caller ended the job, which ``job.report`` says.
            ModelFormatError: an effect of the chain is not here.
            ModelRunError: an effect, or the encoder, made something else than finite numbers.
            WorkerError: the result cannot be written.
        """
        from endpoints.deepafx.own_pair import read_own_pair
        from endpoints.deepafx.remembered import key_of
        from endpoints.deepafx.rendering import rendered

        sent, before, after = region.tracks
        if sent is None or before is None or after is None:
            raise RequestError("Three sounds are expected: what is to be processed, “Before” and “After”.")
        job.report(0.0, "Reading both tracks")
        pair = read_own_pair(before.path, after.path)
        chain = self._chains[str(controls["chain"])]
        seconds, seed = float(controls["seconds"]), int(controls["seed"])  # type: ignore[arg-type]
        seed = seed or random.SystemRandom().randint(1, int(_SEED.maximum))
        plan, schedule = plan_of(chain), schedule_of(chain, seconds, seed)
        key = key_of(pair, plan, {"seconds": schedule.seconds, "seed": seed, "method": chain.method})
        result = self._remembered.find(key)
        told, share = ("", _TRAINING) if result is None else ("Remembered from these two tracks. ", 0.0)
        if result is None:
            result = trained(plan, pair, schedule, job)
            self._remembered.keep(key, result)
        told += f"{learnt_sentence(result)} Seed {seed}."

        def report(part: float) -> None:
            job.report(share + (1 - share) * part, "Processing")

        return rendered(result, region, asked_of(controls), report, told)


def schedule_of(chain: MatchChain, seconds: float, seed: int) -> Schedule:
    """Return how it learns for so many seconds.

    With exact gradients all effects learn at once: in so little time effect by effect leaves too little for the last.
    """
    exact = chain.method == "exact"
    return Schedule(
        method=chain.method,
        seed=seed,
        steps=100_000,
        pretraining=40,
        every=10,
        patience=15,
        progressive=not exact,
        seconds=seconds,
    )


def plan_of(chain: MatchChain) -> ChainPlan:
    """Return the effects of a chain.

    Raises:
        ModelFormatError: one is not here.
    """
    from endpoints.deepafx.chain import ChainError, plan_of_data, read_plan

    try:
        return read_plan(chain.file) if chain.file else plan_of_data([dict(plugin) for plugin in chain.plugins])
    except ChainError as error:
        raise ModelFormatError(str(error)) from error


def trained(plan: ChainPlan, pair: Pair, schedule: Schedule, job: Progress) -> Result:
    """Learn from a pair; the job is told of the loss.

    Raises:
        InputError: too little of the pair is sound.
        JobCancelledError: the job is to end.
        ModelRunError: nothing finite came of it.
    """
    from endpoints.deepafx.folder import Result
    from endpoints.deepafx.pairs import PairsError
    from endpoints.deepafx.training import Training

    began, said = time.monotonic(), "Learning"

    def alive() -> None:
        spent = (time.monotonic() - began) / (schedule.seconds or 1.0)
        job.report(_TRAINING * min(1.0, spent), said)

    def told(look: Look) -> None:
        nonlocal said
        said = f"Learning: loss {look.held_out:.2f}, best {look.best:.2f}"
        alive()

    try:
        learnt = Training(plan, [pair], schedule, None, told, alive).run()
    except PairsError as error:
        raise InputError(str(error)) from error
    if not learnt.reached < float("inf"):
        raise ModelRunError("Nothing could be learnt: the effects made something else than numbers of “Before”.")
    return Result(plan, learnt.encoder.eval(), "Match my master", "mit", learnt.facts(schedule))


def learnt_sentence(result: Result) -> str:
    """Return how near it came."""
    steps, untouched, reached = (
        result.facts.get(name, 0) for name in ("steps", "loss of the sound as it was", "loss of what was learnt")
    )
    if not reached < untouched:
        return (
            f"After {steps} steps it came no nearer to “After” than the sound as it was (loss {reached:.2f}, untouched "
            f"{untouched:.2f}): let it learn longer, or choose other effects."
        )
    return (
        f"Learnt in {steps} steps: on sound that it had not learnt from, the distance to “After” fell from "
        f"{untouched:.2f} to {reached:.2f}."
    )
