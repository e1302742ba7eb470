"""What becomes of the sound is told before it is sent: elsewhere first, here that nothing leaves."""

from __future__ import annotations

import httpx
import pytest

from tests.fixtures.endpoints.mirror import Mirror, spec
from tests.serving import site
from tests.wire.clients import CLIENTS

PROXY = {"trusted_proxy": ("127.0.0.1",)}
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}


def described(url: str, headers: dict[str, str]) -> str:
    with httpx.Client(base_url=f"{url}/models/test/mirror/gradio_api/call", headers=headers) as client:
        event = client.post("/controls", json={"data": []}).json()["event_id"]
        data = client.get(f"/controls/{event}").text.partition("data: ")[2]
    import json

    return json.loads(data)[0]["card"]["description"]


def test_here_nothing_leaves_and_elsewhere_it_says_where_to(tmp_path):
    with site(tmp_path, [spec(Mirror, "test/mirror")], operator_name="Studio <B>", keep=30.0, **PROXY) as made:
        client = CLIENTS[-1](f"{made.url}/models/test/mirror")
        client.load()
        assert client.card["description"].endswith("\n\nNothing that you send leaves this machine.")
        first, _, rest = described(made.url, ELSEWHERE).partition("\n\n")
        assert first == (
            "What you send leaves your machine: it goes to Studio <B>, and is deleted 30 minutes after its last use."
        )
        assert rest.startswith("Gives back what it gets")


def test_an_operator_has_words_and_a_page_of_their_own(tmp_path):
    words = {"privacy_notice": "We keep nothing.", "privacy_link": "https://a.org/p", "public_url": "https://a.org"}
    with site(tmp_path, [spec(Mirror, "test/mirror")], **words, **PROXY) as made:
        assert described(made.url, {}).startswith("We keep nothing. https://a.org/p\n\n")


@pytest.mark.parametrize("permits", [("network",), ("network", "processes")])
def test_an_endpoint_that_may_use_the_network_promises_nothing(tmp_path, permits):
    from dataclasses import replace

    made_for = replace(spec(Mirror, "test/mirror"), permits=permits)
    with site(tmp_path, [made_for]) as made:
        assert "leaves" not in described(made.url, {})
