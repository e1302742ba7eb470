"""The endpoint's API on its Gradio app, for ``gradio_client``: ``/process``, ``/controls`` and ``/cancel``.

HARP's own calls never come here: they have native routes.
"""

from __future__ import annotations

import asyncio
import inspect
import keyword
import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import gradio as gr

from app.endpoint import EndpointSpec, FileOutput, Result, TextOutput
from app.errors import HarpistError, JobCancelledError
from app.harp.controls import TRACKS, LabelTrack, Output, TextTrack
from app.harp.wire import controls_answer, labels_answer
from app.ui.session_jobs import SessionJobs, caller_of
from app.workers.uncancelled import uncancelled

CANCELLED = "Cancelled."
NOTHING_RUNS = "Nothing was running."


def gradio_error(error: HarpistError) -> Exception:
    """Return the error as Gradio shows and sends it: the sentence, without a traceback."""
    made: Exception = gr.Error(error.message, duration=10, print_exception=False)
    return made


def add_api(spec: EndpointSpec, jobs: SessionJobs, inputs: Sequence[Any]) -> None:
    """Add the three calls to the Blocks that is being built.

    Args:
        spec: the endpoint.
        jobs: where its calls go.
        inputs: one component per input of the endpoint, in order.
    """
    outputs = [_component(item) for item in spec.outputs]
    hidden = gr.Button(visible=False)
    hidden.click(
        _process(spec, jobs),
        inputs=list(inputs),
        outputs=outputs,
        api_name="process",
        api_description=f"{spec.card.name}: {spec.card.description}",
        # The values are checked by the controls themselves, so that every way in gives the same sentences.
        preprocess=False,
        concurrency_limit=None,
        show_progress="hidden",
    )
    card = gr.JSON(label="Card, inputs and outputs", visible=False)
    hidden.click(_controls(spec), outputs=[card], api_name="controls", queue=False)
    answer = gr.Textbox(label="What was done", visible=False)
    hidden.click(_cancel(jobs), outputs=[answer], api_name="cancel", concurrency_limit=None, show_progress="hidden")


def _component(output: Output) -> Any:
    """Return what an output is for Gradio: nobody sees it, and its type stands in the API's description."""
    if isinstance(output, LabelTrack):
        return gr.JSON(label=output.label, visible=False)
    if isinstance(output, TextTrack):
        return gr.Textbox(label=output.label, visible=False)
    return gr.File(label=output.label, visible=False)


def _answer(result: Result) -> object:
    if isinstance(result, FileOutput):
        return str(result.path)
    return result.text if isinstance(result, TextOutput) else labels_answer(result)


def parameter_names(spec: EndpointSpec) -> list[str]:
    """Return a Python name for every input, each once: tracks by label, controls by name."""
    names: list[str] = []
    for item in spec.inputs:
        text = item.label if isinstance(item, TRACKS) else item.name
        name = re.sub(r"\W+", "_", text.lower()).strip("_") or "value"
        if name[0].isdigit() or keyword.iskeyword(name) or name in ("request", "progress", "api_name", "fn_index"):
            name = f"value_{name}"
        while name in names:
            name += "_"
        names.append(name)
    return names


def _process(spec: EndpointSpec, jobs: SessionJobs) -> Callable[..., Awaitable[Any]]:
    async def process(request: gr.Request, *values: Any) -> Any:
        *data, progress = values
        caller = caller_of(request)
        try:
            job = jobs.submit(caller, data)
            try:
                async for update in job.watch():
                    progress(update.fraction, desc=update.said or update.state.value)
                results = await job.result()
            except asyncio.CancelledError:
                # The client has withdrawn its call, or gone: the computing must not go on.
                await uncancelled(jobs.end(job))
                # Of a cancelled task Gradio would print a traceback.
                raise JobCancelledError("The job was cancelled.") from None
            finally:
                jobs.forget(caller, job)
        except HarpistError as error:
            raise gradio_error(error) from None
        answers = [_answer(result) for result in results]
        return answers[0] if len(answers) == 1 else answers

    # Gradio reads the names of the parameters off the signature, for /info and for keyword arguments.
    positional = inspect.Parameter.POSITIONAL_OR_KEYWORD
    parameters = [
        inspect.Parameter("request", positional, annotation=gr.Request),
        *(inspect.Parameter(name, positional) for name in parameter_names(spec)),
        inspect.Parameter("progress", positional, default=gr.Progress()),
    ]
    process.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return process


def _controls(spec: EndpointSpec) -> Callable[[], dict[str, Any]]:
    def controls() -> dict[str, Any]:
        """Return the card, the inputs and the outputs, as HARP reads them."""
        return controls_answer(spec.card, spec.inputs, spec.outputs)

    return controls


def _cancel(jobs: SessionJobs) -> Callable[..., Awaitable[str]]:
    async def cancel(request: gr.Request) -> str:
        """End what this client has running here."""
        return CANCELLED if await jobs.cancel(caller_of(request)) else NOTHING_RUNS

    return cancel
