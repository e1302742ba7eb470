"""What a generated Space runs: its own models, at its own root, on whatever hardware it was given."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.cli.serve import serve
from app.config import Settings, environment_name
from app.errors import HarpistError
from app.registry import Registry
from app.setting_values import load_settings
from app.sources import trained_folders
from app.spaces.gpu import GpuFunction, ZeroGpuBackend
from app.spaces.visitor import with_visitor
from app.trained import is_trained

# What it exits with when it cannot start, and after Ctrl+C.
FAILED, INTERRUPTED = 1, 130


def serve_space(folder: Path, models: Sequence[str], gpu: GpuFunction | None = None) -> int:
    """Serve the models in ``folder/models`` until the Space is stopped; returns the exit code.

    Args:
        folder: the Space's.
        models: their ids, ``owner/name``; the first answers at the Space's own address.
        gpu: :func:`app.spaces.gpu.run_on_gpu`, decorated with ``spaces.GPU``; used on ZeroGPU hardware only.
    """
    # Workers look for the code where they are started.
    os.chdir(folder)
    if os.environ.get("SPACES_ZERO_GPU", "").lower() not in ("1", "t", "true"):
        gpu = None
    try:
        settings = load_settings({}, {**space_environment(models[0], os.environ), **os.environ})
        registry = Registry(settings.root, too_loud=settings.too_loud)
        for endpoint_id in models:
            profile = settings.home / "profiles" / f"{endpoint_id.replace('/', '--')}.json"
            place = folder / "models" / endpoint_id
            if is_trained(place):
                registry.add(trained_folders(settings).tried(endpoint_id, place), place)
            else:
                registry.add_folder(endpoint_id, place, profile)
        return serve(settings, fixed=registry) if gpu is None else _serve_zerogpu(settings, registry, gpu)
    except HarpistError as error:
        print(f"harpist: {error.message}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _serve_zerogpu(settings: Settings, registry: Registry, gpu: GpuFunction) -> int:
    # Gradio's launch would say so to ZeroGPU; this server launches no Gradio app.
    importlib.import_module("spaces.zero").startup()
    return serve(settings, fixed=registry, backend=ZeroGpuBackend(settings, gpu), around=with_visitor)


def space_environment(root: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of a Space, as variables that its own variables go before.

    Args:
        root: the endpoint at the Space's own address.
        environment: what Hugging Face tells a Space.
    """
    # With a domain of one's own it names several.
    host = environment.get("SPACE_HOST", "").partition(",")[0].strip()
    values = {
        "host": "0.0.0.0",  # noqa: S104
        "port": environment.get("GRADIO_SERVER_PORT") or "7860",
        "root": root,
        # It starts anew on a machine that knows nothing of its models, and without them it is of no use.
        "load_timeout": "900",
        # Everybody comes through a proxy of Hugging Face, which tells who that is.
        **({"public_url": f"https://{host}", "trusted_proxy": "*", "allow_host": "*"} if host else {}),
        # A Space's page on huggingface.co shows it in a frame.
        # Of a Space with “hf_oauth: true”; used where its operator sets allow_hf.
        "hf_client_id": environment.get("OAUTH_CLIENT_ID", ""),
        "hf_client_secret": environment.get("OAUTH_CLIENT_SECRET", ""),
        **({"embed": "https://huggingface.co,https://*.hf.space"} if host else {}),
    }
    return {environment_name(name): value for name, value in values.items()}
