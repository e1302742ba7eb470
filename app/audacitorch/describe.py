"""From a model's metadata and profile to what the user sees: card, tracks and controls. Standard library only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.audacitorch.arguments.translation import OwnInputs, own_inputs
from app.audacitorch.metadata import LABELS, ModelMetadata, read_metadata
from app.audacitorch.note_names import NOTES_TRACK, note_pitches
from app.audacitorch.profile import ModelProfile
from app.audacitorch.stems import Stem, label_warnings, plan_stems, rest_of
from app.audacitorch.taxonomy import place_effect, place_labeler
from app.endpoint import EndpointSpec
from app.harp.card import DEVIATES, ModelCard
from app.harp.controls import AudioTrack, Control, Dropdown, FileTrack, Input, LabelTrack, Output, Slider, Toggle
from app.harp.tags import taxonomy_tags
from app.plain_files import is_plain

KEEP_STEREO = "Keep stereo"
MIX_TO_MONO = "Mix to mono"
NO_STEM = "No stem"

_TOO_LOUD = {
    "float": "A result too loud for the input's format comes as 32-bit float, at its level.",
    "scale": "Results too loud for the input's format are turned down, all alike.",
    "clip": "What is too loud for the input's format is cut off at full scale.",
}
_RESERVED_TAG = re.compile(r"(category|subcategory|sample-rate|channels|input|output):")


def describe(
    endpoint_id: str,
    folder: Path,
    profile: ModelProfile | None = None,
    *,
    profile_path: Path | None = None,
    licence: str = "",
    too_loud: str = "float",
) -> EndpointSpec:
    """Describe the audacitorch model in ``folder``.

    Args:
        endpoint_id: ``owner/name``.
        folder: holds metadata.json and, perhaps, README.md and example.wav.
        profile: what was measured of the model; without it the metadata are believed.
        profile_path: where the worker finds that profile.
        licence: the one that counts where the files state none.
        too_loud: what becomes of results that are too loud for the input's format (the setting of that name).

    Raises:
        ModelFormatError: the metadata have no plain meaning.
    """
    metadata = read_metadata(folder)
    metadata = replace(metadata, licence=metadata.licence or licence)
    labels = profile.labels if profile else metadata.effect_type == LABELS
    own = own_inputs(profile.arguments, metadata.controls) if profile else OwnInputs()
    if labels:
        inputs, outputs = _labeler_sides(own, metadata, profile)
        place = place_labeler(metadata)
        facts, warnings = _labeler_facts(metadata, profile), metadata.warnings
    else:
        stems = expected_stems(metadata, profile)
        inputs, outputs = _effect_sides(own, stems, metadata, profile)
        place = place_effect(metadata, len(stems))
        facts = [*_effect_facts(metadata, profile, stems), _TOO_LOUD[too_loud]]
        known = label_warnings(metadata.labels, profile.rows, profile.channels == 2) if profile else ()
        warnings = metadata.warnings + known
    warnings += profile.warnings + own.warnings if profile else ()
    channels = "stereo" if takes_stereo(metadata, profile) else "mono"
    tags = taxonomy_tags(*place, metadata.sample_rate, channels, inputs, outputs)
    example = folder / "example.wav"
    return EndpointSpec(
        id=endpoint_id,
        card=_card(endpoint_id, metadata, tags, facts, warnings),
        inputs=inputs,
        outputs=outputs,
        factory="app.audacitorch.labeler:AudacitorchLabeler" if labels else "app.audacitorch.effect:AudacitorchEffect",
        arguments={
            "id": endpoint_id,
            "folder": str(folder),
            "profile": "" if profile_path is None else str(profile_path),
        },
        example=example if is_plain(example) else None,
        reads=(*_files(folder), *([] if profile_path is None else [str(profile_path)])),
        keeps_length=True,
        repeatable=_repeatable(profile),
        speed=profile.speed if profile else 0.0,
    )


def _repeatable(profile: ModelProfile | None) -> bool:
    """Whether the trial has seen that the same comes of the same; nobody tries that of a labeler."""
    found = profile.calibration if profile else None
    return found is not None and found.depends in ("context", "position", "everything")


def _card(
    endpoint_id: str, metadata: ModelMetadata, tags: Sequence[str], facts: Sequence[str], warnings: tuple[str, ...]
) -> ModelCard:
    owner, _, name = endpoint_id.rpartition("/")
    free = (tag for tag in (*metadata.tags, *metadata.domains) if not _RESERVED_TAG.match(tag))
    return ModelCard(
        name=metadata.name or name,
        author=metadata.author or owner,
        description=_paragraph(metadata, facts, warnings),
        tags=tuple(dict.fromkeys((*tags, *free))),
        licence=metadata.licence,
        warnings=warnings,
    )


def inspection_spec(endpoint_id: str, folder: Path, unfrozen: str = "") -> EndpointSpec:
    """Describe the worker's endpoint that profiles a model: no inputs; its output is ``profile.json``.

    Args:
        endpoint_id: ``owner/name``.
        folder: where the model's files lie.
        unfrozen: why it is not to be frozen, as :class:`app.audacitorch.profile.ModelProfile` has it.
    """
    return EndpointSpec(
        id=f"{endpoint_id}#inspection",
        card=ModelCard("Inspection", "Harpist", "Tries a model once on noise."),
        inputs=(),
        outputs=(FileTrack("profile", "What the model does.", file_types=(".json",)),),
        factory="app.audacitorch.trial.endpoint:Inspection",
        arguments={"folder": str(folder)} | ({"unfrozen": unfrozen} if unfrozen else {}),
        reads=_files(folder),
    )


def _files(folder: Path) -> tuple[str, ...]:
    """What a worker reads of a model's folder."""
    return tuple(str(folder / name) for name in ("model.pt", "metadata.json", "README.md"))


def takes_stereo(metadata: ModelMetadata, profile: ModelProfile | None) -> bool:
    """Whether the model takes two channels at once, as measured, else as stated."""
    return profile.channels == 2 if profile else metadata.multichannel


def expected_stems(metadata: ModelMetadata, profile: ModelProfile | None) -> tuple[Stem, ...]:
    """Return the stems of an effect as measured, else one per label."""
    rows = profile.rows if profile else max(1, len(metadata.labels))
    return plan_stems(metadata.labels, rows, takes_stereo(metadata, profile))


def _effect_sides(
    own: OwnInputs, stems: Sequence[Stem], metadata: ModelMetadata, profile: ModelProfile | None
) -> tuple[tuple[Input, ...], tuple[Output, ...]]:
    controls: list[Control] = [*own.controls]
    if not takes_stereo(metadata, profile):
        controls.append(
            Dropdown(
                "channels",
                "Channels",
                "The model is mono: run it on each channel by itself, or once on their mix (quicker, and the same "
                "result on all channels).",
                (KEEP_STEREO, MIX_TO_MONO),
                KEEP_STEREO,
            )
        )
    if profile is not None and profile.sums and len(stems) > 1:
        controls.append(
            Dropdown(
                "above",
                "Band above",
                f"The model hears up to {metadata.sample_rate / 2000:g} kHz. What a file of a higher sample rate holds "
                f"above that goes, untouched, to this stem, so that the stems sum to the input; “{NO_STEM}”: it is "
                "left out.",
                tuple(dict.fromkeys([*(stem.label for stem in stems), NO_STEM])),
                stems[rest_of(stems)].label,
            )
        )
    if len(stems) == 1:
        controls.append(
            Slider(
                "wet",
                "Wet",
                "Share of the model's result, in percent: 0 gives the input back, 100 the result alone.",
                "percent",
                0,
                100,
                1,
                100,
            )
        )
    track = AudioTrack("Input Audio", "The sound to process: any length, any sample rate, 1 to 32 channels.")
    outputs = tuple(
        AudioTrack(stem.label, "In the input's length, sample rate, channels and format, unless too loud for it.")
        for stem in stems
    )
    return (track, *own.tracks, *controls), outputs


def _labeler_sides(
    own: OwnInputs, metadata: ModelMetadata, profile: ModelProfile | None
) -> tuple[tuple[Input, ...], tuple[Output, ...]]:
    controls: list[Control] = [*own.controls]
    if profile is not None and profile.probabilities:
        controls += [
            Slider(
                "threshold",
                "Confidence threshold",
                "In percent: labels of a lower confidence are called “uncertain”; 0 keeps every label, 100 hardly any.",
                "percent",
                0,
                100,
                1,
                0,
            ),
            Toggle("drop_uncertain", "Drop uncertain labels", "Leave out the labels below the threshold.", False),
        ]
    controls += [
        Toggle("join", "Join equal neighbours", "Make one label of equal labels that touch.", True),
        Slider(
            "minimum_duration",
            "Minimum duration",
            "In seconds: shorter labels are left out, after joining; 0 keeps all.",
            "seconds",
            0,
            10,
            0.01,
            0,
        ),
    ]
    track = AudioTrack("Input Audio", "The sound to label: any length, any sample rate, 1 to 32 channels.")
    notes = [NOTES_TRACK] if note_pitches(metadata.labels) else []
    labels = LabelTrack("Labels", "Start, duration and class of what was found.")
    return (track, *own.tracks, *controls), (*notes, labels)


def _effect_facts(metadata: ModelMetadata, profile: ModelProfile | None, stems: Sequence[Stem]) -> list[str]:
    rate = f"{metadata.sample_rate / 1000:g} kHz"
    if takes_stereo(metadata, profile):
        facts = [f"Runs at {rate} in stereo."]
        if any(len(stem.rows) == 1 for stem in stems):
            facts.append("Its results are mono and are copied to all channels.")
    else:
        facts = [f"Runs at {rate} on each channel by itself, or on their mix."]
    if len(stems) > 1:
        facts.append(f"Gives {len(stems)} stems: {_listed([stem.label for stem in stems])}.")
    calibration = profile.calibration if profile else None
    if calibration is not None and calibration.depends == "everything":
        facts.append(
            "Its result goes by the whole region; you are told where that is too long to be processed at once."
        )
    return facts


def _labeler_facts(metadata: ModelMetadata, profile: ModelProfile | None) -> list[str]:
    heard = "in stereo" if takes_stereo(metadata, profile) else "on a mono mix"
    facts = [f"Runs at {metadata.sample_rate / 1000:g} kHz {heard}."]
    if metadata.labels:
        named = [label for label in metadata.labels if label]
        facts.append(f"Knows {len(metadata.labels)} classes: {_listed(named)}.")
    return facts


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def _paragraph(metadata: ModelMetadata, facts: Sequence[str], warnings: Sequence[str]) -> str:
    about = (metadata.long_description or metadata.short_description).strip()
    if about and about[-1] not in ".!?…":
        about += "."
    licence = f"Licence: {metadata.licence}." if metadata.licence else "No licence is stated."
    notes = [f"{DEVIATES} {' '.join(warnings)}"] if warnings else []
    return " ".join(part for part in (about, *facts, licence, *notes) if part)
