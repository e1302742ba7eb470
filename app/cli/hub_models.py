"""``harpist models install | update | remove | search``: the models of the hub on this machine.

A server of the same home may run meanwhile: it offers what is new, and drops what is gone, when it is asked for its
list of models or for an endpoint that it does not know.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from tqdm import tqdm

from app.config import Settings
from app.errors import HarpistError, JobCancelledError
from app.hub.catalogue import Catalogue
from app.hub.client import HubClient
from app.hub.entry import Entry, join_installed
from app.hub.installed import Installed
from app.hub.meter import bytes_in_words
from app.hub.search import Query, search
from app.installs.gallery import entry_of
from app.installs.installation import Installation, InstallState
from app.installs.service import Installs
from app.installs.weights_here import open_store, ready, remove_weights
from app.main import create_service
from app.sources import IN_PYTHON, registry_for, trained_folders

_Action = Callable[[Installs, str], Awaitable[None]]

_LOOK = 0.1
"""Seconds between two looks at how far an installation is."""

_COLUMNS = "{desc} {percentage:3.0f}% |{bar}| {n_fmt}/{total_fmt}B {rate_fmt}, {remaining} left"


def install_models(settings: Settings, models: Sequence[str], *, accept_licence: bool = False) -> int:
    """Install models, or endpoints' weights, each after a trial; one that fails costs a line. Returns the exit code.

    Args:
        settings: how the server runs.
        models: what to install.
        accept_licence: the user accepts the licences that are asked for weights.
    """

    async def install(installs: Installs, text: str) -> None:
        installation = await _follow(installs.install(text, accept_licence=accept_licence))
        weights = installs.weights.store.get(installation.model_id) if installs.weights.find(text.strip()) else None
        size = weights or installs.installed.get(installation.model_id)
        print(f"{installation.model_id} is installed at {installation.revision[:12]}", end="")
        print(f", {bytes_in_words(size.size)}." if size else ".")

    return _for_each(settings, models, install)


def update_models(settings: Settings, models: Sequence[str]) -> int:
    """Bring installed models, or all of them, to their newest commits; says what that changes.

    Returns:
        The exit code.
    """
    models = models or [model.id for model in _installed(settings).all() if not model.pinned]

    async def update(installs: Installs, model_id: str) -> None:
        found = await installs.find_update(model_id)
        if found is None:
            print(f"{model_id} is up to date.")
            return
        for change in found.changes:
            print(f"{model_id}: {change.what}: {change.before or '(nothing)'} → {change.after or '(nothing)'}")
        installation = await _follow(installs.update(model_id))
        print(f"{installation.model_id} is updated to {installation.revision[:12]}.")

    return _for_each(settings, models, update)


def remove_models(settings: Settings, models: Sequence[str]) -> int:
    """Remove installed models, and endpoints' weights; returns the exit code."""
    failed = 0
    registry = registry_for(settings, models, _say)
    for model_id in models:
        try:
            if spec := registry.shelf.find(model_id.strip()):
                freed = remove_weights(registry, open_store(settings), spec)
            else:
                freed = _installed(settings).remove(model_id)
            print(f"{model_id} is removed; that frees {bytes_in_words(freed)}.")
        except HarpistError as error:
            failed += 1
            _say(error.message)
    return 1 if failed else 0


def search_models(settings: Settings, words: str) -> int:
    """Print what fits of the models of the hub, those of this machine and what needs weights; returns the exit code."""
    catalogue = Catalogue(HubClient(), settings.home / "cache")
    catalogue.refresh()
    if catalogue.notice:
        _say(catalogue.notice)
    every = (*_with_weights(settings), *join_installed(catalogue.entries(), _installed(settings)))
    found = search(every, Query(words=words))
    for entry in found:
        print(_line(entry))
    if not found:
        _say("No model matches; try fewer or shorter words.")
    return 0


def _with_weights(settings: Settings) -> tuple[Entry, ...]:
    """Return the built-in endpoints that have weights, and what can be installed for a choice of theirs."""
    shelf, store = registry_for(settings, tuple(IN_PYTHON), _say).shelf, open_store(settings)
    specs = [spec for spec in (*shelf.stated(), *shelf.parts()) if spec.weights]
    return tuple(
        replace(entry_of(spec, None), size=spec.weights_size, installed="yes" if ready(spec, store) else "")
        for spec in specs
    )


def _line(entry: Entry) -> str:
    facts = [
        entry.kind or "kind unknown",
        f"{entry.sample_rate / 1000:g} kHz" if entry.sample_rate else "",
        bytes_in_words(entry.size) if entry.size else "",
        entry.licence or "no licence stated",
        "update available" if entry.has_update else "installed" if entry.installed else "",
    ]
    about = f"\n    {entry.short_description}" if entry.short_description else ""
    return f"{entry.id}  {', '.join(fact for fact in facts if fact)}{about}"


def _installed(settings: Settings) -> Installed:
    return Installed(settings.home / "hub")


def _for_each(settings: Settings, models: Sequence[str], action: _Action) -> int:
    return asyncio.run(_run(settings, models, action))


async def _run(settings: Settings, models: Sequence[str], action: _Action) -> int:
    registry = await asyncio.to_thread(registry_for, settings, models, _say)
    service = create_service(settings, registry)
    await service.start()
    installs = Installs(service, registry, settings, trained_folders(settings))
    failed = 0
    try:
        for model in models:
            try:
                await action(installs, model)
            except HarpistError as error:
                failed += 1
                _say(error.message)
    finally:
        await installs.close()
        await service.close()
    return 1 if failed else 0


async def _follow(installation: Installation) -> Installation:
    """Show an installation's progress, on a terminal, until its end.

    Raises:
        HarpistError: why it failed.
    """
    name = installation.reference.id
    with tqdm(total=1, unit="B", unit_scale=True, desc=name, bar_format=_COLUMNS, disable=None, leave=False) as bar:
        while not installation.state.ended:
            transfer = installation.transfer
            if transfer.total:
                bar.total = transfer.total
                bar.update(transfer.done - bar.n)
            if installation.state is InstallState.TRYING:
                bar.bar_format = "{desc} is here; it is being tried … {elapsed}"
                bar.refresh()
            await asyncio.sleep(_LOOK)
    if installation.state is InstallState.CANCELLED:
        raise JobCancelledError(f"{name}: the installation was cancelled.")
    if installation.state is InstallState.FAILED:
        raise HarpistError(f"{name} is not installed: {installation.error}")
    return installation


def _say(text: str) -> None:
    print(f"harpist: {text}", file=sys.stderr, flush=True)
