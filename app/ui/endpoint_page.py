"""One endpoint's page: card, sound, controls, progress, results."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from app.audio.endings import SOUND_ENDINGS
from app.endpoint import EndpointSpec, TrackFile
from app.errors import HarpistError
from app.harp.address import KEY_PLACE
from app.harp.controls import TRACKS, AudioTrack, MidiTrack
from app.jobs.job import Caller, Job, JobState
from app.ui.api import add_api
from app.ui.card_view import card_html
from app.ui.components import control_component, track_component
from app.ui.deleting import deleter
from app.ui.example import place_example
from app.ui.previews import Previews
from app.ui.progress_view import drawing_html, error_html, estimate_html, made_of_nothing_html, progress_html
from app.ui.recorder_view import recorder_html
from app.ui.results_view import results_html
from app.ui.roll_view import roll_player
from app.ui.session_files import SessionFiles
from app.ui.session_jobs import SessionJobs, caller_of
from app.ui.waveform_view import player

_PAUSE = 0.12
"""Seconds between two looks at the progress that are sent to a browser."""

_PRIVATE: dict[str, Any] = {
    "api_visibility": "private",
    "show_progress": "hidden",
    "concurrency_limit": None,
    "preprocess": False,
}


@dataclass(frozen=True)
class PageParts:
    """What a page works with.

    Attributes:
        spec: the endpoint.
        base_path: the path of its base URL, without a final slash.
        home: the path of the list of endpoints.
        work: the folder that holds uploads and results.
        jobs: where its calls go.
        files: what its sessions sent and got.
        previews: draws waveforms.
        largest: the most bytes that one file may have.
        decodes_media: whether the workers decode m4a, mp4 and WebM; else the browser does.
    """

    spec: EndpointSpec
    base_path: str
    home: str
    work: Path
    jobs: SessionJobs
    files: SessionFiles
    previews: Previews
    largest: int
    decodes_media: bool
    asks_key: bool

    @property
    def pasted(self) -> str:
        """The path that HARP needs, with a place for the key where the server asks for one."""
        place = KEY_PLACE if self.asks_key else ""
        return self.home.rstrip("/") + place + self.base_path.removeprefix(self.home.rstrip("/"))

    def link(self, path: Path) -> str:
        """Return the URL of a file that lies among the uploads or the results; it tells no path of the server."""
        return f"{self.base_path}/gradio_api/file={quote(path.resolve().relative_to(self.work.resolve()).as_posix())}"

    def link_for(self, owner: str) -> Callable[[Path], str]:
        """Return :meth:`link` for one caller, who owns what was made for the page alone, such as a playable copy."""

        def link(path: Path) -> str:
            folder = path.resolve().parent
            if folder.is_relative_to(self.work.resolve() / "jobs"):
                self.jobs.own(folder, owner)
            return self.link(path)

        return link

    def archive(self, job: Job) -> str:
        """Return the URL of all files of a job."""
        return f"{self.base_path}/archive/{job.id}"


def build_blocks(parts: PageParts) -> Any:
    """Return the Gradio Blocks of one endpoint's page, with its API."""
    spec = parts.spec
    with gr.Blocks(title=spec.card.name, analytics_enabled=False) as blocks:
        _html(card_html(spec.card, parts.pasted, parts.home))
        made: dict[int, Any] = {}
        with gr.Row(elem_classes=["hp-work"], equal_height=False):
            with gr.Column(elem_classes=["hp-panel"], min_width=300):
                _html(f'<h2 class="hp-eyebrow"{_upload_facts(parts)}>{_sent(spec)}</h2>')
                shown = _sound(parts, made)
            with gr.Column(elem_classes=["hp-panel"], min_width=300):
                _html('<h2 class="hp-eyebrow">Settings</h2>')
                for index, item in enumerate(spec.inputs):
                    if not isinstance(item, TRACKS):
                        made[index] = control_component(item)
                if not spec.controls:
                    _html('<p class="hp-none">Nothing to set: this model has no controls.</p>')
                with gr.Row(elem_classes=["hp-actions"]):
                    start = gr.Button("Process", variant="primary", elem_id="hp-process")
                    stop = gr.Button("Cancel", elem_id="hp-cancel", visible=False)
                status = _html("" if spec.tracks[0].required else made_of_nothing_html(spec.speed), elem_id="hp-status")
        results = _html("", elem_id="hp-results")
        erase = gr.Button("Delete my files", size="sm", elem_id="hp-delete", visible=False)
        inputs = [made[index] for index in range(len(spec.inputs))]
        run = _runner(parts)
        start.click(run, inputs=inputs, outputs=[start, stop, status, results, erase], **_PRIVATE)
        stop.click(_stopper(parts.jobs), outputs=[stop], queue=False, **_PRIVATE)
        for number, (component, view) in enumerate(shown):
            # How long it takes goes by the first sound.
            shower = _shower(parts, component, spec.speed if number == 0 else 0.0)
            component.change(shower, inputs=[component], outputs=[view, status, erase], **_PRIVATE)
        zones = [made[index] for index, item in enumerate(spec.inputs) if isinstance(item, TRACKS)]
        erase.click(deleter(parts.files, len(zones)), outputs=[status, results, erase, *zones], **_PRIVATE)
        add_api(spec, parts.jobs, inputs)
        blocks.unload(_leaver(parts))
    return blocks


def _sent(spec: EndpointSpec) -> str:
    """Return what a page calls what is sent to it."""
    sound, notes = (any(isinstance(item, kind) for item in spec.tracks) for kind in (AudioTrack, MidiTrack))
    return {(True, False): "Your sound", (False, True): "Your notes"}.get((sound, notes), "Your files")


def _html(text: str, **more: Any) -> Any:
    """Add our own HTML, without Gradio's styles for headings, lists and buttons."""
    return gr.HTML(text, apply_default_css=False, js_on_load=None, **more)


def _upload_facts(parts: PageParts) -> str:
    """Return what ``static/upload.js`` must know of the server, as attributes."""
    offered = ",".join(("audio/*", *SOUND_ENDINGS))
    decodes = "yes" if parts.decodes_media else "no"
    return f' data-largest="{parts.largest}" data-decodes="{decodes}" data-offered="{offered}"'


def _sound(parts: PageParts, made: dict[int, Any]) -> list[tuple[Any, Any]]:
    """Add the drop zones, the example and the recorder; return each drop zone with its waveform or piano roll."""
    shown: list[tuple[Any, Any]] = []
    zones: list[Any] = []
    example: Any = None
    ways = next((item for item in parts.spec.tracks if isinstance(item, AudioTrack)), parts.spec.tracks[0])
    for index, item in enumerate(parts.spec.inputs):
        if not isinstance(item, TRACKS):
            continue
        made[index] = zone = track_component(item)
        zones.append(zone)
        if isinstance(item, (AudioTrack, MidiTrack)):
            view = _html("", elem_classes=["hp-input-view"])
            shown.append((zone, view))
        if item is not ways:
            continue  # the example and the recorder belong to the first sound
        records = isinstance(item, AudioTrack)
        if not records and parts.spec.example is None:
            continue
        with gr.Row(elem_classes=["hp-ways"]):
            if parts.spec.example is not None:
                example = gr.Button("Try the example", size="sm", elem_id="hp-example")
            if records:
                gr.Button("Record", size="sm", elem_id="hp-record")
        if records:
            _html(recorder_html())
    if example is not None:
        examples = [path for path in (parts.spec.example, *parts.spec.further_examples) if path]
        first = parts.spec.tracks.index(ways)
        filled = zones[first : first + len(examples)]
        example.click(_exampler(parts, examples[: len(filled)]), outputs=filled, **_PRIVATE)
    return shown


def _exampler(parts: PageParts, examples: Sequence[Path]) -> Any:
    async def take() -> Any:
        placed = [await asyncio.to_thread(place_example, path, parts.work / "uploads") for path in examples]
        for path in placed:
            parts.files.spare(path.parent.resolve())
        return list(map(str, placed)) if len(placed) > 1 else str(placed[0])

    return take


def _shower(parts: PageParts, zone: Any, speed: float) -> Any:
    is_notes, key = "hp-notes" in zone.elem_classes, f"input-{zone._id}"

    async def show(request: gr.Request, sent: Any) -> AsyncIterator[tuple[Any, ...]]:
        caller = caller_of(request)

        def busy() -> bool:
            return caller.client in parts.jobs.sessions

        if not isinstance(sent, Mapping):
            yield "", gr.skip(), gr.skip()
            return
        if not busy():
            # What was wrong before says nothing about another file.
            yield gr.skip(), "", gr.skip()
        view, estimate = await drawn(sent, caller)
        yield view, estimate if estimate and not busy() else gr.skip(), gr.update(visible=True)

    async def drawn(sent: Mapping[str, Any], caller: Caller) -> tuple[str, str]:
        owner = caller.token
        try:
            track = parts.jobs.track(str(sent.get("path")), owner, sent.get("orig_name"))
            parts.files.note(caller, track.path.parent)
            if is_notes:
                return roll_player(key, track.name, await parts.previews.roll(track)), ""
            [preview] = await parts.previews.of([track])
        except HarpistError as error:
            return error_html(error), ""
        shown = player(key, track.name, preview.peaks, parts.link_for(owner)(preview.playable))
        return shown, estimate_html(preview.peaks.seconds, speed, settings=bool(parts.spec.controls))

    return show


def _stopper(jobs: SessionJobs) -> Any:
    async def stop(request: gr.Request) -> Any:
        await jobs.cancel(caller_of(request))
        return gr.update(interactive=False)

    return stop


def _leaver(parts: PageParts) -> Any:
    async def leave(request: gr.Request) -> None:
        await parts.jobs.cancel(caller_of(request))
        parts.files.forget(caller_of(request))

    return leave


def _runner(parts: PageParts) -> Any:
    idle = (gr.update(interactive=True, value="Process"), gr.update(visible=False))

    async def run(request: gr.Request, *data: Any) -> AsyncIterator[tuple[Any, ...]]:
        caller = caller_of(request)
        try:
            job = parts.jobs.submit(caller, data)
        except HarpistError as error:
            yield *idle, error_html(error), gr.skip(), gr.skip()
            return
        parts.files.note(caller, job.folder)
        try:
            busy = (gr.update(interactive=False), gr.update(visible=True, interactive=True))
            yield *busy, progress_html(job.update), "", gr.update(visible=False)
            latest = time.monotonic()
            async for update in job.watch():
                if not update.state.ended and time.monotonic() - latest > _PAUSE:
                    latest = time.monotonic()
                    yield gr.skip(), gr.skip(), progress_html(update), gr.skip(), gr.skip()
            if job.update.state is JobState.DONE:
                yield gr.skip(), gr.update(visible=False), drawing_html(), gr.skip(), gr.skip()
            yield *idle, "", await _results(parts, job, data), gr.update(visible=True)
        except HarpistError as error:
            yield *idle, error_html(error), gr.skip(), gr.update(visible=True)
        finally:
            # Also when the browser went away: the generator is closed, and the job must not go on.
            if not job.update.state.ended:
                await parts.jobs.end(job)
            parts.jobs.forget(caller, job)

    return run


async def _results(parts: PageParts, job: Job, data: tuple[Any, ...]) -> str:
    outputs = await job.result()
    source = _source(parts, data, job.caller.token)
    key = f"r{escape(job.id[:12])}".replace("_", "-")
    link = parts.link_for(job.caller.token)
    return await results_html(key, source, outputs, job.folder, parts.previews, link, parts.archive(job))


def _source(parts: PageParts, data: tuple[Any, ...], owner: str) -> TrackFile | None:
    for item, sent in zip(parts.spec.inputs, data):
        if isinstance(item, TRACKS) and isinstance(sent, Mapping):
            return parts.jobs.track(str(sent.get("path")), owner, sent.get("orig_name"))
    return None
