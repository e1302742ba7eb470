"""What the values of settings must be like."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from app.errors import SettingsError

if TYPE_CHECKING:
    from app.config import Settings

BACKENDS = ("local", "ray")
SHARING = ("auto", "yes", "no")
TOO_LOUD = ("float", "scale", "clip")
_PUBLIC = re.compile(r"https?://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~-]+)*/?")
_SITE = re.compile(r"https?://[A-Za-z0-9.*-]+(:[0-9]{1,5})?")
_MOST = 10**12
"""More of anything than there is; what is infinite cannot be counted with."""
_PERMITTED = re.compile(r"network|processes|(read|write):.+", re.DOTALL)
_DEVICE = re.compile(r"auto|cpu|cuda(:\d{1,3})?|mps")


def check(settings: Settings, units: Mapping[str, str], precisions: Sequence[str]) -> None:
    """Refuse settings that make no sense.

    Args:
        settings: all of them.
        units: of each, by its name.
        precisions: that there are.

    Raises:
        SettingsError: which one, and what is expected.
    """
    for permitted in settings.permit:
        if not _PERMITTED.fullmatch(permitted):
            raise SettingsError(
                f"The setting permit expects network, processes, read:FOLDER or write:FOLDER, not “{permitted[:80]}”."
            )
    smallest = {"workers": 1, "threads": 0, "warm": 0, "queue": 0, "max_upload": 1, "max_scratch": 1}
    smallest |= {"caller_jobs": 0, "caller_queue": 0, "caller_minutes": 0, "minutes": 0, "longest_region": 0}
    smallest |= {"caller_upload": 0, "upload": 0, "min_disk": 0, "repeats": 0}
    smallest |= {"ray_min": 0, "ray_max": 1, "ray_gpus": 0, "ray_store": 1}
    smallest |= {"memory": 0, "job_timeout_per_minute": 0, "grace": 0, "max_model": 1}
    for name in ("allow", "deny"):
        for pattern in getattr(settings, name):
            if "/" not in pattern and pattern != "*":
                raise SettingsError(f"The setting {name} expects OWNER/NAME, such as OWNER/*, not “{pattern[:80]}”.")
    for name, least in smallest.items():
        if not getattr(settings, name) >= least:
            raise SettingsError(f"The setting {name} expects at least {least}, not {getattr(settings, name)}.")
        if getattr(settings, name) > _MOST:
            raise SettingsError(f"The setting {name} expects at most {_MOST}.")
    for name in ("job_timeout", "load_timeout", "keep", "ray_cpus"):
        if not getattr(settings, name) > 0:
            unit = units[name]
            raise SettingsError(f"The setting {name} expects more than 0 {unit}, not {getattr(settings, name):g}.")
    if not 0 <= settings.port <= 65535:
        raise SettingsError(f"The setting port expects a number from 0 to 65535, not {settings.port}.")
    if settings.public_url and not _PUBLIC.fullmatch(settings.public_url):
        raise SettingsError(
            "The setting public_url expects an address such as https://studio.example.org/harpist, not "
            f"“{settings.public_url[:80]}”."
        )
    for site in settings.embed:
        if not _SITE.fullmatch(site):
            raise SettingsError(f"The setting embed expects a site, such as https://huggingface.co, not “{site[:80]}”.")
    if len(settings.sign) not in (0, 2):
        raise SettingsError(
            f"The setting sign expects a certificate's file and a key's, not {len(settings.sign)} files."
        )
    if settings.sign and settings.no_provenance:
        raise SettingsError(
            "The settings sign and no_provenance exclude each other: what is signed is where it came from."
        )
    if not _DEVICE.fullmatch(settings.device):
        raise SettingsError(f"The setting device expects auto, cpu, cuda, cuda:N or mps, not “{settings.device[:40]}”.")
    if settings.share_workers not in SHARING:
        raise SettingsError(f"The setting share_workers expects auto, yes or no, not “{settings.share_workers[:40]}”.")
    if settings.privacy_link and not re.fullmatch(r"https?://[^\s<>\"]+", settings.privacy_link):
        raise SettingsError(
            f"The setting privacy_link expects an address such as https://a.org/p, not “{settings.privacy_link[:80]}”."
        )
    if settings.log_format not in ("", "lines", "json"):
        raise SettingsError(f"The setting log_format expects lines or json, not “{settings.log_format[:40]}”.")
    if settings.backend not in BACKENDS:
        raise SettingsError(f"The setting backend expects local or ray, not “{settings.backend[:40]}”.")
    if settings.ray_min > settings.ray_max:
        raise SettingsError("The setting ray_min expects no more than ray_max.")
    if not re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):[0-9]{1,5}", settings.ray_address):
        raise SettingsError(
            f"The setting ray_address expects HOST:PORT, such as 127.0.0.1:6379, not “{settings.ray_address[:80]}”."
        )
    if settings.too_loud not in TOO_LOUD:
        raise SettingsError(f"The setting too_loud expects float, scale or clip, not “{settings.too_loud[:40]}”.")
    if settings.precision not in precisions:
        expected = f"{', '.join(precisions[:-1])} or {precisions[-1]}"
        raise SettingsError(f"The setting precision expects {expected}, not “{settings.precision[:40]}”.")
