"""What becomes of the sound that somebody sends: told before it is sent, on the page and in HARP's description."""

from __future__ import annotations

from dataclasses import dataclass, replace

from starlette.types import Scope

from app.config import Settings
from app.endpoint import EndpointSpec
from app.web.callers import on_this_machine

_HERE = "Nothing that you send leaves this machine."


@dataclass(frozen=True)
class Notice:
    """What one visitor of one endpoint is told.

    Attributes:
        text: some sentences; ``""`` where nothing can be said for certain.
        first: they come before anything else, since they ask for a decision.
    """

    text: str
    first: bool

    def on(self, spec: EndpointSpec) -> EndpointSpec:
        """Return an endpoint whose description tells it."""
        if not self.text:
            return spec
        parts = (self.text, spec.card.description) if self.first else (spec.card.description, self.text)
        return replace(spec, card=replace(spec.card, description="\n\n".join(parts)))


def privacy_notice(settings: Settings, spec: EndpointSpec, scope: Scope) -> Notice:
    """Return what is told.

    Args:
        settings: the server's: who runs it, how long files are kept, and the operator's own words.
        spec: the endpoint. One that may use the network can send anything anywhere.
        scope: the visitor's request.
    """
    if on_this_machine(scope) and not settings.public_url:
        return Notice("" if "network" in spec.permits else _HERE, first=False)
    to = settings.operator_name or "whoever runs this server"
    words = settings.privacy_notice or (
        f"What you send leaves your machine: it goes to {to}, and is deleted {_kept(settings.keep)} after its last use."
    )
    return Notice(f"{words} {settings.privacy_link}".rstrip(), first=True)


def _kept(minutes: float) -> str:
    return f"{minutes:g} minutes" if minutes < 120 else f"{minutes / 60:.3g} hours"
