"""A server that lets in accounts of the Hugging Face hub, against the tests' hub and the real client of it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.hub.accounts import Account
from app.hub.failures import PassingError
from app.web.access.accounts import Accounts
from app.web.access.keys import KeyStore
from app.web.access.person import Person
from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.fixtures.specs import wav
from tests.hub_server.oauth import CLIENT
from tests.hub_server.server import HubServer, serve_hub
from tests.serving import Site, site
from tests.wire.clients import CLIENTS, HarpClient
from tests.wire.transport import HarpError

BROWSER = {"Accept": "text/html"}


@dataclass(frozen=True)
class Known:
    site: Site
    hub: HubServer


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Known]:
    with pytest.MonkeyPatch.context() as patch, serve_hub() as hub:
        patch.setenv("HF_ENDPOINT", hub.url)
        hub.members["studio"] = {"alice"}
        hub.accounts["hf_carol"] = "carol"
        settings = {"allow_hf": ("Studio", "carol"), "hf_client_id": CLIENT[0], "hf_client_secret": CLIENT[1]}
        with site(tmp_path_factory.mktemp("known"), [spec(Mirror, "test/mirror")], **settings) as made:
            yield Known(made, hub)


@pytest.mark.parametrize("kind", [kind for kind in CLIENTS if kind.has_token], ids=lambda kind: kind.version)
def test_harp_works_with_the_token_that_it_has_saved(kind: type[HarpClient], known: Known, tmp_path: Path):
    sound = tmp_path / "a.wav"
    sound.write_bytes(wav(bytes(400)))
    for token in ("hf_alice", "hf_carol"):
        client = kind(f"{known.site.url}/models/test/mirror", token=token)
        client.load()
        assert client.process(sound).files
    asked = [request for request in known.hub.requests if request.path == "/api/whoami-v2"]
    assert len([request for request in asked if "hf_alice" in request.headers["authorization"]]) == 1


def test_a_key_opens_nothing_where_only_accounts_are_let_in(known: Known):
    secret = KeyStore(known.site.settings.home).add("Anna")
    headers = {"Authorization": f"Bearer {secret}"}
    assert httpx.get(f"{known.site.url}/catalogue", headers=headers).status_code == 401
    assert httpx.get(f"{known.site.url}/key/{secret}/catalogue").status_code == 401
    assert httpx.post(f"{known.site.url}/sign-in", data={"key": secret}).status_code == 401


def test_others_are_told_why_not(known: Known):
    def told(token: str) -> str:
        headers = {"Authorization": f"Bearer {token}"}
        answer = httpx.get(f"{known.site.url}/catalogue", headers=headers)
        assert answer.status_code == 401
        return answer.json()["error"]

    assert "account bob is not let in" in told("hf_bob")
    assert "does not know your token" in told("hf_nobody_there")
    assert "opens nothing here" in told("something")
    with pytest.raises(HarpError, match="bob is not let in"):
        CLIENTS[-1](f"{known.site.url}/models/test/mirror", token="hf_bob").load()


def test_a_browser_signs_in_at_the_hub(known: Known):
    known.hub.signed_in = "alice"
    with httpx.Client(headers=BROWSER) as browser:
        page = browser.get(f"{known.site.url}/models/test/mirror/?a=b")
        assert page.status_code == 401 and "Sign in with Hugging Face" in page.text and "<form" not in page.text
        away = browser.get(f"{known.site.url}/sign-in/hugging-face?to=%2Fmodels%2Ftest%2Fmirror%2F%3Fa%3Db")
        assert away.status_code == 303 and away.headers["location"].startswith(f"{known.hub.url}/oauth/authorize?")
        back = browser.get(away.headers["location"])
        assert back.headers["location"].startswith(f"{known.site.url}/sign-in/hugging-face/done?code=")
        done = browser.get(back.headers["location"])
        assert done.status_code == 303 and done.headers["location"] == "/models/test/mirror/?a=b"
        assert browser.get(f"{known.site.url}/models/test/mirror/").status_code == 200
        again = browser.get(back.headers["location"])
        assert again.status_code == 401 and "was not finished" in again.text
    assert httpx.get(back.headers["location"], headers=BROWSER).status_code == 401


def test_a_sign_in_that_somebody_else_began_is_refused(known: Known):
    with httpx.Client(headers=BROWSER) as attacker, httpx.Client(headers=BROWSER) as victim:
        away = attacker.get(f"{known.site.url}/sign-in/hugging-face")
        back = attacker.get(away.headers["location"]).headers["location"]
        assert victim.get(back).status_code == 401
        assert victim.get(f"{known.site.url}/sign-in/hugging-face/done?code=1&state=x").status_code == 401


def test_an_account_that_is_not_let_in_is_told_so_on_the_page(known: Known):
    known.hub.signed_in = "bob"
    with httpx.Client(headers=BROWSER, follow_redirects=True) as browser:
        page = browser.get(f"{known.site.url}/sign-in/hugging-face?to=/")
        assert page.status_code == 401 and "account bob is not let in" in page.text


async def _ask(accounts: Accounts, *tokens: str) -> list[object]:
    return [await accounts.of_token(token) for token in tokens]


def test_the_hub_is_asked_once_and_never_with_what_is_no_token():
    asked: list[str] = []

    def ask(token: str) -> Account | None:
        asked.append(token)
        if token == "hf_broken":
            raise PassingError("The hub has a fault.")
        return Account("alice") if token == "hf_alice" else None

    accounts = Accounts(("alice",), ask)
    tokens = ("hf_alice", "hf_alice", "hf_none", "hf_none", "hf_broken", "hf_broken", "x", "hf_ä")
    told = asyncio.run(_ask(accounts, *tokens))
    assert [getattr(item, "name", None) or getattr(item, "message", None) for item in told[:2]] == ["alice", "alice"]
    assert asked == ["hf_alice", "hf_none", "hf_broken", "hf_broken"] and told[-2:] == [None, None]
    assert "does not say whose your token is" in told[4].message


def test_made_up_tokens_keep_nobody_out_whom_the_hub_has_told_of():
    asked = []

    def ask(token: str) -> Account | None:
        asked.append(token)
        if token.startswith("hf_made_up"):
            begun.set()
            assert over.wait(20)
            return None
        return Account("alice")

    begun, over = threading.Event(), threading.Event()
    accounts = Accounts(("alice",), ask)

    async def main() -> None:
        assert isinstance(await accounts.of_token("hf_alice"), Person)
        made_up = [asyncio.create_task(accounts.of_token(f"hf_made_up{number}")) for number in range(2500)]
        assert await asyncio.to_thread(begun.wait, 20)
        try:
            assert isinstance(await asyncio.wait_for(accounts.of_token("hf_alice"), 5), Person)
        finally:
            over.set()
            await asyncio.gather(*made_up)
        assert isinstance(await accounts.of_token("hf_alice"), Person) and asked.count("hf_alice") == 1

    asyncio.run(main())


def test_a_cookie_holds_only_while_its_organisation_is_let_in():
    cookie = Accounts(("studio",)).cookie(Account("alice", ("Studio",)))
    assert cookie == "alice studio"
    assert Accounts(("studio",)).of_cookie(cookie) is not None and Accounts(("other",)).of_cookie(cookie) is None
