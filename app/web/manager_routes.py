"""The model manager's own JSON: what there is, what is being installed, and orders to install, update and remove."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Mapping
from dataclasses import asdict
from urllib.parse import parse_qsl

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Receive, Scope

from app.config import Settings
from app.errors import AccessError, HarpistError, NotFoundError, RequestError
from app.harp.address import KEY_PLACE, harp_url
from app.hub.search import SORTS, Query, choices, search
from app.hub.updates import Update
from app.installs.gallery import Card, Gallery, tagged
from app.installs.service import Installs
from app.web.access.person import person_of
from app.web.bodies import read_object
from app.web.callers import on_this_machine, refuse_foreign
from app.web.json_answer import JsonAnswer
from app.web.problems import problem, wrong_method

PREFIX = "/manager/"

_HEADERS = {"Cache-Control": "no-store"}
_LONGEST_RATE = 12
_INSTALLED = {"": None, "yes": True, "no": False}


class ManagerRoutes:
    """Answers the paths under ``/manager/``.

    Args:
        installs: does what is asked for.
        settings: the server's: who may change anything.
    """

    def __init__(self, installs: Installs, settings: Settings) -> None:
        self._installs = installs
        self._settings = settings
        self._gallery = Gallery(installs.registry, installs.installed, installs.catalogue, installs.weights)

    async def answer(self, path: str, url: str, scope: Scope, receive: Receive) -> Response:
        """Answer one request.

        Args:
            path: the part behind :data:`PREFIX`.
            url: the server's, as the caller reaches it.
            scope: the request's.
            receive: its body.
        """
        reading = {"models": self._models, "installs": self._list, "update": self._changes}
        writing = {"install": self._install, "cancel": self._cancel, "remove": self._remove, "update": self._update}
        method = scope["method"]
        try:
            if path not in reading and path not in writing:
                raise NotFoundError("The model manager has no such address.")
            if method in ("GET", "HEAD") and path in reading:
                query = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
                return await reading[path](query, url, scope)
            if method == "POST" and path in writing:
                # Its own page, and one who may: only then is a body read.
                refuse_foreign(scope)
                self._check_may_change(scope)
                return await writing[path](await read_object(scope, receive))
            return wrong_method(
                ", ".join([*(["GET, HEAD"] if path in reading else []), *(["POST"] * (path in writing))])
            )
        except HarpistError as error:
            return problem(error)

    async def look(self) -> None:
        """Notice what another process has installed, updated or removed."""
        await self._installs.look()

    async def _models(self, query: Mapping[str, str], url: str, scope: Scope) -> Response:
        wanted = _query(query)
        self._installs.refresh_soon()
        await self._installs.look()
        may_install = self._refusal(scope) is None
        there, problems = self._installs.offer.there, dict(self._installs.problems)
        cards = await asyncio.to_thread(self._gallery.cards, there, problems, private=may_install)
        catalogue = self._installs.catalogue
        pasted = url + (KEY_PLACE if self._settings.require_key else "")
        found, offered = await asyncio.to_thread(_search, cards, wanted, query.get("tag", ""))
        return _json(
            {
                "models": [_record(card, pasted) for card in found],
                "choices": offered,
                "refreshing": catalogue.refreshing,
                "generation": catalogue.generation,
                "notice": catalogue.notice,
                "may_install": may_install,
                "takes_token": bool(self._settings.install_token) and not self._settings.asks_who,
                "person": "" if (person := person_of(scope)) is None else person.name,
            }
        )

    async def _list(self, _query: Mapping[str, str], _url: str, _scope: Scope) -> Response:
        await self._installs.look()
        installs = [installation.record() for installation in self._installs.installations]
        return _json({"installs": installs, "shelf": self._installs.shelf})

    async def _changes(self, query: Mapping[str, str], _url: str, scope: Scope) -> Response:
        # It asks the hub with the operator's token.
        self._check_may_change(scope)
        update = await self._installs.find_update(_text(query, "id"))
        return _json({"update": None if update is None else _changes(update)})

    async def _install(self, order: Mapping[str, object]) -> Response:
        accept = order.get("accept_licence", False)
        if not isinstance(accept, bool):
            raise RequestError("“accept_licence” is true or false.")
        installation = self._installs.install(_text(order, "model"), accept_licence=accept)
        return _json({"id": installation.reference.id}, 202)

    async def _update(self, order: Mapping[str, object]) -> Response:
        return _json({"id": self._installs.update(_text(order, "id")).reference.id}, 202)

    async def _cancel(self, order: Mapping[str, object]) -> Response:
        return _json({"id": (await self._installs.cancel(_text(order, "id"))).reference.id})

    async def _remove(self, order: Mapping[str, object]) -> Response:
        return _json({"freed": await self._installs.remove(_text(order, "id"))})

    def _check_may_change(self, scope: Scope) -> None:
        refusal = self._refusal(scope)
        if refusal is not None:
            raise refusal

    def _refusal(self, scope: Scope) -> AccessError | None:
        """Return why a caller may change nothing; ``None`` for one on this machine, or with the install token."""
        if self._settings.asks_who:
            # Who may not has been refused before.
            person = person_of(scope)
            return (
                None
                if person is not None and "install" in person.may
                else AccessError("This key may not install models.")
            )
        headers = Headers(scope=scope)
        token = self._settings.install_token
        scheme, _, bearer = headers.get("authorization", "").partition(" ")
        for given in (headers.get("x-harpist-token", ""), bearer.strip() if scheme.lower() == "bearer" else ""):
            if token and hmac.compare_digest(given.encode(), token.encode()):
                return None
        if on_this_machine(scope):
            return None
        how = "send the install token" if token else "start it with an install token to change them from elsewhere"
        return AccessError(f"The models of this server are changed on its own machine only; {how}.")


def _query(query: Mapping[str, str]) -> Query:
    rate, installed = query.get("rate", ""), query.get("installed", "")
    if rate and not (rate.isascii() and rate.isdigit() and len(rate) <= _LONGEST_RATE):
        raise RequestError(f"The sample rate is a whole number in Hz, not “{rate[:40]}”.")
    if installed not in _INSTALLED:
        raise RequestError(f"Installed is yes, no or nothing, not “{installed[:40]}”.")
    return Query(
        words=query.get("words", "")[:200],
        kind=query.get("type", ""),
        domain=query.get("domain", ""),
        sample_rate=int(rate or 0),
        licence=query.get("licence", ""),
        installed=_INSTALLED[installed],
        sort=query.get("sort", "") or "downloads",
    )


def _search(cards: tuple[Card, ...], query: Query, tag: str) -> tuple[list[Card], dict[str, list[str] | list[int]]]:
    """Return the cards that are asked for, in order, and what all cards can be filtered by."""
    by_id = {card.entry.id: card for card in cards}
    found = search([card.entry for card in tagged(cards, tag)], query)
    every = choices(card.entry for card in cards)
    offered: dict[str, list[str] | list[int]] = {
        "type": list(every.kinds),
        "domain": list(every.domains),
        "rate": list(every.sample_rates),
        "licence": list(every.licences),
        "sort": list(SORTS),
    }
    return [by_id[entry.id] for entry in found], offered


def _record(card: Card, url: str) -> dict[str, object]:
    entry = card.entry
    of_hub = card.source == "hub"
    return {
        "id": entry.id,
        "name": entry.name,
        "source": card.source,
        "type": entry.kind,
        "domains": entry.domains,
        "tags": entry.tags,
        "short": entry.short_description,
        "long": entry.long_description,
        "sample_rate": entry.sample_rate,
        "labels": entry.labels,
        "size": entry.size,
        "likes": entry.likes,
        "downloads": entry.downloads,
        "licence": entry.licence,
        "last_change": entry.changed,
        "warnings": entry.warnings,
        "installed": bool(entry.installed),
        "revision": entry.installed if of_hub else "",
        "update": of_hub and entry.has_update and not card.pinned,
        "gated": entry.gated,
        "private": entry.private,
        "url": harp_url(f"{url}/models/{entry.id}") if card.offered else "",
        "problem": card.problem,
        "speed": card.speed,
        "memory": card.memory,
        "weights": None if card.weights is None else asdict(card.weights),
    }


def _changes(update: Update) -> dict[str, object]:
    changes = [{"field": change.what, "before": change.before, "after": change.after} for change in update.changes]
    return {
        "revision": update.commit,
        "installed": update.installed,
        "changes": changes,
        "date": update.changed,
        "size": update.size,
        "warning": update.warning,
    }


def _text(values: Mapping[str, object], name: str) -> str:
    value = values.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > 500:
        raise RequestError(f"Expected is a text “{name}”, such as OWNER/NAME.")
    return value.strip()


def _json(value: object, status: int = 200) -> JsonAnswer:
    return JsonAnswer(value, status, _HEADERS)
