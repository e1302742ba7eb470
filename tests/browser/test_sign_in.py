"""A server that asks for a key, in a real browser and from ``gradio_client``: signed in, at work, signed out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, expect

from app.config import Settings
from app.main import create_app
from app.registry import Registry
from app.web.access.keys import KeyStore
from tests.serving import serving
from tests.ui.page_site import specs, write_tone

FOLDER = "GRADIO_TEMP_DIR"


@dataclass(frozen=True)
class Guarded:
    url: str
    key: str
    annas: str
    seldom: dict[str, str]
    tone: Path


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    home = tmp_path_factory.mktemp("guarded pages")
    keys = KeyStore(home)
    seldom = {name: keys.add(name, limits={"caller_rate": "1/hour"}) for name in ("Cleo", "Dora")}
    key, annas = keys.add("Ben"), keys.add("Anna")
    # What comes back is compared byte for byte with what was sent.
    settings = Settings(home=home, require_key=True, workers=2, threads=1, no_provenance=True)
    registry = Registry()
    for spec in specs(write_tone(home / "example.wav"))[:2]:
        registry.add(spec)
    before = os.environ.get(FOLDER)
    try:
        with serving(create_app(settings, registry, lambda line: None)) as url:
            yield Guarded(url, key, annas, seldom, write_tone(home / "take.wav"))
    finally:
        if before is not None:
            os.environ[FOLDER] = before


def test_one_signs_in_works_and_signs_out(browser: Browser, guarded: Guarded) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.goto(f"{guarded.url}/models/harpist/quick/?from=mail")
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.get_by_label("Your key").fill("harpist_mistyped")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("opens nothing here")
    page.get_by_label("Your key").fill(guarded.key)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("#hp-process")).to_be_visible()
    assert page.url == f"{guarded.url}/models/harpist/quick/?from=mail"
    expect(page.locator(".hp-url code")).to_have_text(f"{guarded.url}/key/YOUR-KEY/models/harpist/quick")
    page.set_input_files("input[type=file]", str(guarded.tone))
    page.locator("#hp-process").click()
    expect(page.locator("#hp-results .hp-get")).to_have_count(3)
    with page.expect_download() as got:
        page.locator("#hp-results .hp-get").first.click()
    assert got.value.path().stat().st_size > 1000
    page.goto(guarded.url)
    expect(page.locator("#signed-in")).to_contain_text("Signed in as Ben")
    expect(page.locator("#locked")).to_contain_text("Your key may use models")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("Your key")).to_be_visible()
    page.goto(guarded.url)
    expect(page.get_by_label("Your key")).to_be_visible()
    assert problems == []
    context.close()


def test_two_people_in_browsers_get_each_theirs_and_nobody_gets_anything(
    browser: Browser, guarded: Guarded, tmp_path: Path
) -> None:
    got: dict[str, str] = {}
    people = {"Anna": guarded.annas, "Ben": guarded.key}
    contexts = {name: browser.new_context() for name in (*people, "nobody")}
    pages = {name: contexts[name].new_page() for name in people}
    tones = {name: write_tone(tmp_path / f"{name}.wav", 1.0 + len(name) / 4) for name in people}
    for name, key in people.items():
        page = pages[name]
        page.goto(f"{guarded.url}/models/harpist/quick/")
        page.get_by_label("Your key").fill(key)
        page.get_by_role("button", name="Sign in").click()
        page.set_input_files("input[type=file]", str(tones[name]))
    for page in pages.values():
        page.locator("#hp-process").click()
    for name, page in pages.items():
        expect(page.locator("#hp-results .hp-get")).to_have_count(3)
        got[name] = page.locator("#hp-results .hp-get").first.evaluate("link => link.href")
        answer = contexts[name].request.get(got[name])
        assert answer.status == 200 and answer.body() == tones[name].read_bytes()
    assert contexts["Anna"].request.get(got["Ben"]).status == 403
    assert contexts["Ben"].request.get(got["Anna"]).status == 403
    for url in got.values():
        assert contexts["nobody"].request.get(url).status == 401
    for context in contexts.values():
        context.close()


def test_gradio_client_works_with_a_key_and_not_without(guarded: Guarded, tmp_path: Path) -> None:
    address = f"{guarded.url}/models/harpist/quick"
    jobs = {}
    for name, key in (("Anna", guarded.annas), ("Ben", guarded.key)):
        folder, tone = tmp_path / name, write_tone(tmp_path / f"{name}.wav", 1.0 + len(name) / 4)
        headers = {"Authorization": f"Bearer {key}"}
        client = Client(address, headers=headers, verbose=False, download_files=str(folder))
        jobs[tone] = client.submit(handle_file(str(tone)), "Keep stereo", 100, api_name="/process")
    for tone, job in jobs.items():
        stems = job.result(60)
        assert len(stems) == 2
        assert all(Path(stem).read_bytes() == tone.read_bytes() for stem in stems)
    with pytest.raises(Exception, match="credentials were not provided"):
        Client(address, verbose=False)


def test_a_limit_is_a_sentence_on_the_page_and_in_gradio_client(browser: Browser, guarded: Guarded) -> None:
    sentence = "You may have at most 1 job in 60 min; try again in "
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{guarded.url}/models/harpist/quick/")
    page.get_by_label("Your key").fill(guarded.seldom["Cleo"])
    page.get_by_role("button", name="Sign in").click()
    page.set_input_files("input[type=file]", str(guarded.tone))
    page.locator("#hp-process").click()
    expect(page.locator("#hp-results .hp-get")).to_have_count(3)
    page.locator("#hp-process").click()
    expect(page.locator(".hp-error")).to_contain_text(sentence)
    context.close()
    headers = {"Authorization": f"Bearer {guarded.seldom['Dora']}"}
    client = Client(f"{guarded.url}/models/harpist/quick", headers=headers, verbose=False)
    asked = (handle_file(str(guarded.tone)), "Keep stereo", 100)
    assert len(client.predict(*asked, api_name="/process")) == 2
    with pytest.raises(Exception, match=sentence):
        client.predict(*asked, api_name="/process")
