"""Which address may be asked by whom: one table, which the server obeys and its documentation shows.

What no rule names is refused to everybody, so that a new address is closed until somebody has thought about it.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass


class Who(enum.Enum):
    """Who may ask for something, where the server wants to know who asks."""

    ANYONE = "anyone"
    PERSON = "whoever has signed in"
    OWNER = "whoever it belongs to"
    INSTALLER = "whoever may install"
    WATCHER = "whoever may read the metrics"


@dataclass(frozen=True)
class Rule:
    """One kind of address.

    Attributes:
        methods: the HTTP methods, ``HEAD`` being ``GET``.
        path: as the documentation writes it: ``{name}`` for one part, ``{name…}`` for the rest.
        who: may ask for it.
        what: one gets.
    """

    methods: tuple[str, ...]
    path: str
    who: Who
    what: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """What matches such a path as a whole."""
        pieces = re.split(r"(\{[^{}]*\})", self.path)
        return re.compile(
            "".join(
                (".*" if piece.endswith("…}") else "[^/]+") if piece.startswith("{") else re.escape(piece)
                for piece in pieces
            ),
            re.DOTALL,
        )


_GET, _POST, _ANY = ("GET",), ("POST",), ("GET", "POST", "OPTIONS")
_HARP = tuple(
    rule
    for prefix in ("", "/models/{owner}/{name}")
    for early in ("/gradio_api", "")
    for rule in (
        Rule(_GET, f"{prefix}{early}/call/{{call}}/{{event}}", Who.OWNER, "HARP: what a call came to"),
        Rule(_POST, f"{prefix}{early}/call/{{call}}", Who.PERSON, "HARP: controls, process and cancel"),
        Rule(_POST, f"{prefix}{early}/upload", Who.PERSON, "sends a file"),
        Rule(_GET, f"{prefix}{early}/file={{path…}}", Who.OWNER, "a file that was sent, or that came of a job"),
        Rule(("DELETE",), f"{prefix}{early}/file={{path…}}", Who.OWNER, "deletes it, or all that came of its job"),
        Rule(_GET, f"{prefix}{early}/c/file={{path…}}", Who.OWNER, "the same, for HARP before 2.2"),
        Rule(_GET, f"{prefix}{early}/file/{{path…}}", Who.OWNER, "the same, as Gradio has it"),
        Rule(_GET, f"{prefix}{early}/archive/{{job}}", Who.OWNER, "all files of a job as a zip"),
    )
)
_PARTS = ("static", "assets", "svelte", "pwa_icon")
_FILES = ("config", "config/", "theme.css", "robots.txt", "manifest.json", "pwa_icon")
RULES = (
    Rule(_GET, "/health", Who.ANYONE, "whether the server is well, and what its sandbox has"),
    Rule(_GET, "/ready", Who.ANYONE, "whether it can take jobs; 503 with the reason where not"),
    Rule(_GET, "/metrics", Who.WATCHER, "what it does, for Prometheus"),
    Rule(_GET, "/favicon.ico", Who.ANYONE, "nothing, without an error"),
    Rule(("GET", "POST"), "/sign-in", Who.ANYONE, "the page where one signs in, and what it sends"),
    Rule(_GET, "/sign-in/hugging-face", Who.ANYONE, "leads to the hub, to sign in there"),
    Rule(_GET, "/sign-in/hugging-face/done", Who.ANYONE, "comes back from there"),
    Rule(_POST, "/sign-out", Who.ANYONE, "ends being signed in"),
    Rule(_GET, "/", Who.PERSON, "the start page"),
    Rule(_GET, "/catalogue", Who.PERSON, "the list of models, as JSON"),
    Rule(_GET, "/manager/models", Who.PERSON, "the models of the start page, as JSON"),
    Rule(_GET, "/manager/installs", Who.PERSON, "what is being installed"),
    Rule(_GET, "/manager/update", Who.INSTALLER, "what an update would change"),
    Rule(_POST, "/manager/install", Who.INSTALLER, "installs a model"),
    Rule(_POST, "/manager/cancel", Who.INSTALLER, "gives up an installation"),
    Rule(_POST, "/manager/remove", Who.INSTALLER, "removes a model"),
    Rule(_POST, "/manager/update", Who.INSTALLER, "updates a model"),
    Rule(_GET, "/audacity/state", Who.PERSON, "whether Audacity, on the same machine, answers"),
    Rule(_POST, "/audacity/take", Who.PERSON, "takes what is selected in Audacity; from its own machine only"),
    Rule(_GET, "/audacity/sound/{id}", Who.OWNER, "the sound that was taken; from there only"),
    Rule(_POST, "/audacity/put", Who.OWNER, "makes tracks of results in Audacity; from there only"),
    *_HARP,
    Rule(_ANY, "/models/{owner}/{name}", Who.PERSON, "leads to a model's page"),
    Rule(_ANY, "/models/{owner}/{name}/{rest…}", Who.PERSON, "a model's page, and the Gradio API under it"),
    Rule(_ANY, "/gradio_api/{rest…}", Who.PERSON, "the Gradio API of the endpoint at the server's own address"),
    *(Rule(_GET, f"/{part}/{{rest…}}", Who.PERSON, "a part of that endpoint's page") for part in _PARTS),
    *(Rule(_GET, f"/{name}", Who.PERSON, "a part of that endpoint's page") for name in _FILES),
)
_PATTERNS = tuple((rule, rule.pattern) for rule in RULES)


def rule_for(method: str, path: str) -> Rule | None:
    """Return what holds for a request; ``None``: nobody may make it.

    >>> rule_for("HEAD", "/health").who, rule_for("GET", "/models/a/b/gradio_api/file=x/y").who
    (<Who.ANYONE: 'anyone'>, <Who.OWNER: 'whoever it belongs to'>)

    Args:
        method: of the request.
        path: under the server's address, with a slash in front.
    """
    method = "GET" if method == "HEAD" else method
    named = [rule for rule, pattern in _PATTERNS if pattern.fullmatch(path)]
    return next((rule for rule in named if method in rule.methods), named[0] if named else None)
