"""Signing in at the hub with a browser, as its OAuth applications do it: a code, a token, who it is."""

from __future__ import annotations

import base64
from urllib.parse import parse_qs, urlencode

from tests.hub_server.answers import as_json, refuse
from tests.hub_server.faults import Answer
from tests.hub_server.state import HubServer

CLIENT = ("the-client", "the-secret")


def authorize(hub: HubServer, query: dict[str, list[str]]) -> Answer:
    """The page where somebody agrees: here ``hub.signed_in`` does at once."""
    asked = {name: values[0] for name, values in query.items()}
    if asked.get("client_id") != CLIENT[0] or asked.get("response_type") != "code" or "redirect_uri" not in asked:
        return refuse(400, "", "invalid_request")
    code = f"code-{len(hub.codes)}"
    hub.codes[code] = (hub.signed_in, asked["redirect_uri"])
    back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked.get('state', '')})}"
    return Answer(303, {"Location": back}, iter([]), 0)


def token(hub: HubServer, headers: dict[str, str], body: bytes) -> Answer:
    """A code is good for one token, for the application that asked, at the address that it named."""
    sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    basic = base64.b64encode(":".join(CLIENT).encode()).decode()
    account, back = hub.codes.pop(sent.get("code", ""), ("", ""))
    if headers.get("authorization") != f"Basic {basic}" or not account or sent.get("redirect_uri") != back:
        return refuse(400, "", "invalid_grant")
    hub.accounts[f"hf_oauth_{account}"] = account
    return as_json({"access_token": f"hf_oauth_{account}", "token_type": "bearer", "scope": "openid profile"})


def organisations(hub: HubServer, account: str) -> list[dict[str, str]]:
    """Those that somebody belongs to."""
    names = [name for name, members in hub.members.items() if account in members]
    return [{"name": name, "preferred_username": name} for name in names]
