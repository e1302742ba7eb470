"""Whose a token of the Hugging Face hub is, and signing in there with a browser (OAuth, by a code)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from app.errors import HubError
from app.hub.client import HubClient
from app.hub.explain import explaining
from app.hub.failures import PassingError

_TIMEOUT = 10.0
"""Seconds that the hub may take for one answer."""
_LARGEST = 1024 * 1024
_ABOUT = "whose this token is"


@dataclass(frozen=True)
class Account:
    """Somebody on the hub.

    Attributes:
        name: the user's.
        organisations: those that the user belongs to, as far as the token tells.
    """

    name: str
    organisations: tuple[str, ...] = ()


def account_of(token: str, endpoint: str = "") -> Account | None:
    """Return whose a token is; ``None`` where the hub does not know it. Blocking.

    Args:
        token: of the hub.
        endpoint: the hub's address; ``""`` for the usual one.

    Raises:
        HubError: the hub does not tell.
    """
    answer = _ask(endpoint, "GET", "/api/whoami-v2", {"Authorization": f"Bearer {token}"})
    if answer is None:
        return None
    return _account(answer, "name", "name")


def sign_in_address(client_id: str, back: str, state: str, endpoint: str = "") -> str:
    """Return where a browser goes to sign in.

    Args:
        client_id: of this server's OAuth application.
        back: the address to which the hub leads back; the application names it too.
        state: what comes back with it.
        endpoint: the hub's address; ``""`` for the usual one.
    """
    query = {"client_id": client_id, "redirect_uri": back, "scope": "openid profile", "state": state}
    return f"{HubClient(endpoint).endpoint}/oauth/authorize?{urlencode({**query, 'response_type': 'code'})}"


def account_by_code(code: str, client_id: str, client_secret: str, back: str, endpoint: str = "") -> Account | None:
    """Return who has signed in, by the code that the hub has sent along; ``None`` for no such code. Blocking.

    Raises:
        HubError: the hub does not tell.
    """
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "client_id": client_id}
    given = _ask(endpoint, "POST", "/oauth/token", {}, data=form, auth=(client_id, client_secret))
    if given is None:
        return None
    token = given.get("access_token")
    if not isinstance(token, str) or not token:
        raise HubError("The hub's answer about the sign-in makes no sense.")
    about = _ask(endpoint, "GET", "/oauth/userinfo", {"Authorization": f"Bearer {token}"})
    return None if about is None else _account(about, "preferred_username", "preferred_username")


def _ask(endpoint: str, method: str, path: str, headers: Mapping[str, str], **more: Any) -> dict[str, Any] | None:
    from huggingface_hub import get_session, hf_raise_for_status

    address = HubClient(endpoint).endpoint
    with explaining(_ABOUT, address):
        response = get_session().request(method, f"{address}{path}", headers=dict(headers), timeout=_TIMEOUT, **more)
        if response.status_code in (400, 401, 403):
            return None
        hf_raise_for_status(response)
        if len(response.content) > _LARGEST:
            raise HubError(f"The hub sends too much about {_ABOUT}.")
        try:
            answer = response.json()
        except ValueError:
            answer = None
    if not isinstance(answer, dict):
        raise PassingError(f"The hub's answer about {_ABOUT} makes no sense.")
    return answer


def _account(record: Mapping[str, Any], own: str, others: str) -> Account:
    name, listed = record.get(own), record.get("orgs") or []
    if not isinstance(name, str) or not name or not isinstance(listed, list):
        raise HubError(f"The hub's answer about {_ABOUT} makes no sense.")
    names = (item.get(others) for item in listed if isinstance(item, dict))
    return Account(name, tuple(item for item in names if isinstance(item, str)))
