"""Every client behind every proxy: what it is told leads through the proxy, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import httpx
import pytest
from gradio_client import Client, handle_file
from playwright.sync_api import Browser, Page, Route, expect

from tests.proxies.cases import Scene
from tests.wire.clients import Harp22, Harp30, Harp40

HERE = Path(__file__).parent


def test_harp_reaches_every_file_through_the_proxy(behind: Scene) -> None:
    sound = behind.site.tone.read_bytes()
    # From 3.1 on, HARP writes http:// in front of an https address with localhost.
    for kind in (Harp22, Harp30) if behind.url.startswith("https:") else (Harp22, Harp30, Harp40):
        client = kind(behind.model("quick"))
        client.load()
        result = client.process(behind.site.tone)
        assert [body for _, body in result.files] == [sound, sound]


def test_every_link_is_the_public_one(behind: Scene) -> None:
    with httpx.Client(timeout=60) as http:
        for entry in http.get(f"{behind.url}/catalogue").json()["endpoints"]:
            assert entry["url"].startswith(f"{behind.url}/models/harpist/")
        front = http.get(f"{behind.url}/").text
        assert f"{behind.url}/models/harpist/quick" in front
        links = re.findall(r'href="(/[^"]*)"', front)
        assert links
        assert all(link.startswith(httpx.URL(f"{behind.url}/models/").path) for link in links)
        page = http.get(behind.model("quick"), follow_redirects=True).text
        assert json.loads(re.findall(r'"root":\s*("[^"]*")', page)[0]) == behind.model("quick")
        for text in (front, page, http.get(f"{behind.model('quick')}/config").text):
            assert behind.inner.split(":")[-1] not in re.findall(r":(\d{2,5})\b", text), "the server's own port"


def test_a_part_of_a_result_can_be_asked_for(behind: Scene) -> None:
    client = Harp30(behind.model("quick"))
    client.load()
    event = client.begin(behind.site.tone)
    stream = httpx.get(f"{behind.model('quick')}/gradio_api/call/process/{event}", timeout=60).text
    url = json.loads(stream.split("event: complete\ndata: ")[1])[0]["url"]
    part = httpx.get(url, headers={"Range": "bytes=100-199"}, timeout=60)
    assert part.status_code == 206 and part.content == behind.site.tone.read_bytes()[100:200]


def test_a_stream_is_handed_on_as_it_comes(behind: Scene) -> None:
    client = Harp30(behind.model("slow"))
    client.load()
    event = client.begin(behind.site.tone)
    # The job takes two minutes; a sign of life is sent every second.
    with httpx.stream("GET", f"{behind.model('slow')}/call/process/{event}", timeout=20) as stream:
        assert next(stream.iter_bytes()).startswith(b":")
    client.cancel()


def test_who_asks_is_what_the_proxy_says_where_it_says_so(behind: Scene) -> None:
    client = Harp30(behind.model("quick"))
    client.load()
    data = [{"path": client.upload(behind.site.tone), "meta": {"_type": "gradio.FileData"}}, "Keep stereo", 100]
    known = set(behind.site.service._jobs)
    call = f"{behind.model('quick')}/gradio_api/call/process"
    forged = {"X-Forwarded-For": "192.0.2.7"}
    event = httpx.post(call, json={"data": data}, headers=forged, timeout=60).raise_for_status().json()["event_id"]
    assert "event: complete" in httpx.get(f"{call}/{event}", timeout=60).text
    [caller] = {job.caller.address for name, job in behind.site.service._jobs.items() if name not in known}
    assert caller == ("loopback" if behind.case.overwrites else "192.0.2.7")


@pytest.mark.parametrize("megabytes", [5, pytest.param(500, marks=pytest.mark.slow)])
def test_a_large_file_comes_through(behind: Scene, megabytes: int) -> None:
    block = bytes(range(256)) * 4096
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="long.wav"\r\n\r\n'
    parts = (head, *[block] * megabytes, b"\r\n--x--\r\n")
    told = {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": str(sum(map(len, parts)))}
    upload = f"{behind.model('quick')}/gradio_api/upload"
    try:
        answer = httpx.post(upload, content=iter(parts), headers=told, timeout=120)
    except httpx.WriteError:  # nginx hangs up on what it refuses
        assert not behind.case.takes_large
        return
    if not behind.case.takes_large:
        assert answer.status_code == 413
        return
    [path] = map(Path, answer.raise_for_status().json())
    assert path.stat().st_size == megabytes * len(block)
    with path.open("rb") as file:
        file.seek(-len(block), os.SEEK_END)
        assert file.read() == block
    assert httpx.delete(f"{behind.model('quick')}/gradio_api/file={path}", timeout=60).status_code == 200


def test_gradio_client_gets_its_stems(behind: Scene) -> None:
    client = Client(behind.model("quick"), verbose=False, httpx_kwargs={"timeout": 60})
    stems = client.predict(handle_file(str(behind.site.tone)), "Keep stereo", 100, api_name="/process")
    assert [Path(stem).read_bytes() == behind.site.tone.read_bytes() for stem in stems] == [True, True]
    client.close()


def test_gradios_javascript_client_gets_its_stems(behind: Scene, node: str) -> None:
    arguments = [node, str(HERE / "client.mjs"), f"{behind.model('quick')}/", str(behind.site.tone)]
    done = subprocess.run(arguments, check=False, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["root"] == behind.model("quick")
    size = behind.site.tone.stat().st_size
    assert [(stem["url"].startswith(behind.model("quick")), stem["size"]) for stem in told["stems"]] == [
        (True, size)
    ] * 2


def test_a_browser_goes_from_the_list_to_its_stems(behind: Scene, browser: Browser) -> None:
    """The server's own address, and every other but the proxy's, is barred to it."""
    context = browser.new_context(ignore_https_errors=True)
    wrong: list[str] = []
    own = (f"{behind.url}/", "data:", f"blob:{behind.url.removesuffix(behind.url.partition('://')[2])}")

    def guard(route: Route) -> None:
        if route.request.url.startswith(own):
            route.continue_()
        else:
            wrong.append(route.request.url)
            route.abort()

    context.route("**/*", guard)
    page: Page = context.new_page()
    page.on("response", lambda got: wrong.append(f"{got.status} {got.url}") if got.status >= 400 else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(f"{behind.url}/")
    page.get_by_role("link", name="Open: Harmonic / percussive").click()
    page.locator(".hp-drop input[type=file]").set_input_files(behind.site.tone)
    page.get_by_role("button", name="Process").click()
    expect(page.locator("code[data-harp-path]")).to_have_text(behind.model("quick"))
    expect(page.locator("[data-wave]")).to_have_count(3)
    for stem in page.locator(".hp-stem audio, audio").evaluate_all("all => all.map(one => one.currentSrc || one.src)"):
        assert stem.startswith(behind.url)
    with page.expect_download() as saved:
        page.get_by_role("link", name=re.compile("^Download")).first.click()
    assert saved.value.path().read_bytes() == behind.site.tone.read_bytes()
    page.get_by_role("link", name="All models").click()
    expect(page).to_have_url(f"{behind.url}/")
    context.close()
    assert wrong == []
