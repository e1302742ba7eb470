"""What came of a job, as HTML: a player per stem and a mixer for several, labels over sound, what to download."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from app.audio.endings import MIDI_ENDINGS, SOUND_ENDINGS
from app.endpoint import FileOutput, Outputs, TextOutput, TrackFile, as_labels, notices
from app.errors import HarpistError
from app.harp.labels import Label, LabelList, audacity_text
from app.harp.wire import labels_answer
from app.output_names import plain, result_name, stem_of
from app.ui.curves_view import curves_html, read_settings
from app.ui.mask_view import mask_html, read_mask
from app.ui.mixer_view import mixable, mixer, strip
from app.ui.previews import Preview, Previews
from app.ui.roll_view import roll_player
from app.ui.waveform_view import label_table, player

Link = Callable[[Path], str]
"""Maps a file that was uploaded or made here to its URL."""


def file_note(path: Path) -> str:
    """Return a file's kind and size, such as ``WAV, 1.2 MB``."""
    size = path.stat().st_size
    amount = f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB" if size >= 1e3 else f"{size} bytes"
    return f"{path.suffix.lstrip('.').upper() or 'file'}, {amount}"


async def results_html(
    key: str, source: TrackFile | None, outputs: Outputs, folder: Path, previews: Previews, link: Link, archive: str
) -> str:
    """Return the results of one job.

    Args:
        key: unique on the page.
        source: the sound that was sent; ``None`` where none was.
        outputs: what came of it.
        folder: the job's own, where the label file is written.
        previews: draws the waveforms.
        link: files to URLs.
        archive: URL of all files as one zip.
    """
    files = [output for output in outputs if isinstance(output, FileOutput)]
    rolls = [file for file in files if is_midi(file.path)]
    stems = [file for file in files if file.path.suffix.lower() in SOUND_ENDINGS]
    others = [file for file in files if file not in rolls and file not in stems]
    lists = [output for output in outputs if isinstance(output, LabelList)]
    texts = [output for output in outputs if isinstance(output, TextOutput)]
    parts = [f'<p class="hp-none" role="status">{escape(notice)}</p>' for notice in notices(outputs)]
    if stems:
        parts.append(await _stems(key, stems, previews, link))
    # Labels of notes belong to those that came back, where there are any; else they lie on what was sent.
    over = lists[0].labels if lists and rolls and source and is_midi(source.path) else None
    for number, file in enumerate(rolls):
        parts.append(await _roll(f"{key}-n{number}", number, file, over if number == 0 else None, previews, link))
    parts += [await _settings(file.path) for file in others if file.path.suffix.lower() in (".json", ".zip")]
    if others:
        parts.append(_downloads([(link(file.path), file.label, file_note(file.path)) for file in others]))
    if len(files) > 1:
        parts.append(_downloads([(archive, "Download all", f"ZIP, {len(files)} files")]))
    for number, labels in enumerate(lists):
        drawn = over is None or number > 0
        parts.append(await _labels(f"{key}-l{number}", number, source, labels, folder, previews, link, drawn=drawn))
    parts += [await _text(number, source, text, folder, link) for number, text in enumerate(texts)]
    words = _summary(
        len(stems) + len(rolls), len(others), sum(len(item.labels) for item in lists) if lists else None, len(texts)
    )
    return f'<section class="hp-results" aria-label="Result"><h2>{words}</h2>{"".join(parts)}</section>'


async def _settings(path: Path) -> str:
    """Return the curves of a file with the settings of effects; nothing for another one."""
    found = await asyncio.to_thread(read_settings, path)
    mask = await asyncio.to_thread(read_mask, path) if found else None
    return (curves_html(*found) if found and found[1] else "") + (mask_html(mask) if mask else "")


_NO_TEXT = '<p class="hp-none">No text came back.</p>'


def _summary(tracks: int, files: int, labels: int | None, texts: int) -> str:
    said = []
    if tracks:
        said.append("1 track" if tracks == 1 else f"{tracks} tracks")
    if files:
        said.append("1 file" if files == 1 else f"{files} files")
    if labels is not None:
        said.append("1 label" if labels == 1 else f"{labels} labels")
    if texts:
        said.append("1 text" if texts == 1 else f"{texts} texts")
    return " and ".join(said) or "Nothing came back"


async def _stems(key: str, stems: Sequence[FileOutput], previews: Previews, link: Link) -> str:
    files = [TrackFile(stem.path, stem.path.name) for stem in stems]
    try:
        drawn: Sequence[Preview] = await previews.of(files)
    except HarpistError as error:
        # What cannot be drawn can be downloaded all the same.
        links = [(link(stem.path), stem.label, file_note(stem.path)) for stem in stems]
        return f'<p class="hp-none">{escape(error.message)}</p>{_downloads(links)}'
    outlines = [preview.peaks for preview in drawn]
    together = mixable(outlines)
    players = "".join(
        player(
            f"{key}-{number}",
            stem.label,
            preview.peaks,
            link(preview.playable),
            tone=number,
            download=link(stem.path),
            note=file_note(stem.path),
            strip=strip(stem.label) if together else "",
        )
        for number, (stem, preview) in enumerate(zip(stems, drawn))
    )
    return mixer(players, outlines) if together else players


async def _roll(
    key: str, number: int, file: FileOutput, labels: Sequence[Label] | None, previews: Previews, link: Link
) -> str:
    try:
        notes = await previews.roll(TrackFile(file.path, file.path.name))
    except HarpistError as error:
        links = [(link(file.path), file.label, file_note(file.path))]
        return f'<p class="hp-none">{escape(error.message)}</p>{_downloads(links)}'
    return roll_player(
        key, file.label, notes, tone=number, download=link(file.path), note=file_note(file.path), labels=labels
    )


def is_midi(path: Path) -> bool:
    """Whether a file is called as MIDI is."""
    return path.suffix.lower() in MIDI_ENDINGS


async def _labels(
    key: str,
    number: int,
    source: TrackFile | None,
    labels: LabelList,
    folder: Path,
    previews: Previews,
    link: Link,
    *,
    drawn: bool,
) -> str:
    shown = await _labelled(key, source, labels.labels, previews, link) if drawn and source else ""
    path = folder / f"{result_name(_stem(source), 'labels', number + 1)}.txt"
    await asyncio.to_thread(path.write_text, audacity_text(labels.labels), encoding="utf-8")
    data = await _as_json(path.with_suffix(".json"), labels)
    table = label_table(labels.labels)
    links = [(path, "Label track for Audacity"), (data, "Labels as JSON")]
    return shown + _downloads([(link(file), name, file_note(file)) for file, name in links]) + table


async def _as_json(path: Path, result: LabelList | TextOutput) -> Path:
    """Write labels, or a text, as JSON that tells where they came from; return the file."""
    text = json.dumps(labels_answer(as_labels(result)), indent=1)
    await asyncio.to_thread(path.write_text, text, encoding="utf-8")
    return path


def _stem(source: TrackFile | None) -> str:
    return plain(stem_of(source.name)) if source else ""


async def _text(number: int, source: TrackFile | None, text: TextOutput, folder: Path, link: Link) -> str:
    if not text.text:
        return _NO_TEXT
    path = folder / f"{result_name(_stem(source), 'text', number + 1)}.json"
    data = await _as_json(path, text)
    links = _downloads([(link(data), "Text as JSON", file_note(data))])
    return f'<p class="hp-text">{escape(text.text)}</p>{links}'


async def _labelled(key: str, source: TrackFile, labels: Sequence[Label], previews: Previews, link: Link) -> str:
    """Return what was sent with labels over it; nothing where it cannot be drawn: the labels are listed anyway."""
    try:
        if is_midi(source.path):
            return roll_player(key, source.name, await previews.roll(source), labels=labels)
        [drawn] = await previews.of([source])
    except HarpistError:
        return ""
    return player(key, source.name, drawn.peaks, link(drawn.playable), labels=labels)


def _downloads(links: Sequence[tuple[str, str, str]]) -> str:
    shown = "".join(
        f'<a class="hp-get" href="{escape(url, quote=True)}" download>{escape(name)}<small>{escape(note)}</small></a>'
        for url, name, note in links
    )
    return f'<nav class="hp-downloads" aria-label="Downloads">{shown}</nav>'
