"""``harpist space MODEL … --out DIR``: a Hugging Face Space that serves them."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from app.config import Settings
from app.errors import NotFoundError
from app.hub.installed import Installed
from app.jobs.trial import try_model
from app.main import create_service
from app.registry import Registry
from app.sources import find_or_add, open_registry
from app.spaces.folder import SpaceModel, write_space


def make_space(settings: Settings, models: Sequence[str], out: Path, kind: str, title: str) -> int:
    """Write the Space, and say what to do with it; returns the exit code.

    Raises:
        HarpistError: a model cannot be had or deployed, or the folder cannot be written.
    """
    registry = open_registry(replace(settings, model=()), say=lambda text: print(text, file=sys.stderr))
    ids = [find_or_add(registry, settings, model) for model in models]
    asyncio.run(_try(registry, settings, ids))
    installed = Installed(settings.home / "hub")
    chosen = []
    for endpoint_id in dict.fromkeys(ids):
        folder = registry.folder(endpoint_id)
        if folder is None:
            raise NotFoundError(f"{endpoint_id} is no model in a folder, which a Space could hold.")
        known = installed.get(endpoint_id)
        from_hub = known is not None and installed.files(known) == folder
        commit = known.commit if known is not None and from_hub else ""
        chosen.append(SpaceModel(registry.get(endpoint_id), folder, commit))
    write_space(chosen, kind, out, title)
    print(f"The Space is in {out}; {chosen[0].spec.id} answers at its root.")
    if len(chosen) > 1:
        print("On a Space HARP reaches only the root; the other models are for the browser and gradio_client.")
    hardware = ", then choose ZeroGPU in its settings" if kind == "zerogpu" else ""
    print(f"Try it:     cd {out} && python space.py")
    print(f"Publish it: hf upload OWNER/NAME {out} --repo-type space{hardware}")
    return 0


async def _try(registry: Registry, settings: Settings, ids: Sequence[str]) -> None:
    """Try the models of which nothing is known yet: what they do decides their tags."""
    untried = [item for item in registry.untried() if item[0] in ids]
    if not untried:
        return
    service = create_service(settings, registry)
    await service.start()
    try:
        for endpoint_id, folder, profile in untried:
            await try_model(service, endpoint_id, folder, profile, settings.load_timeout)
    finally:
        await service.close()
