import asyncio
import json

import httpx
import pytest

from app.ui.sign_in_page import sign_in_page
from app.web.access.door import door
from app.web.dispatch import Dispatch
from app.web.front import Front
from tests.fixtures.endpoints.mirror import Mirror, Reader, spec
from tests.fixtures.specs import wav
from tests.serving import Site, serving, site


def test_the_list_is_at_the_servers_own_address(http, server):
    answer = http.get("/")
    assert answer.text == f"<p>The list at {server.url}"
    assert answer.headers["cache-control"] == "no-store"
    assert http.head("/").status_code == 200
    assert http.post("/").status_code == 405
    forwarded = http.get("/", headers={"X-Forwarded-Host": "m.org", "X-Forwarded-Proto": "https"})
    assert forwarded.text == "<p>The list at https://m.org"


def test_nobody_frames_a_page_but_those_whom_a_setting_names(tmp_path):
    mirror = [spec(Mirror, "test/mirror")]
    with site(tmp_path / "1", mirror) as made, httpx.Client(base_url=made.url) as http:
        error = http.get("/models/no/no/", headers={"Accept": "text/html"})
        for answer in (http.get("/"), http.head("/"), error):
            assert "frame-ancestors 'self'" in answer.headers.get_list("content-security-policy")
            assert answer.headers["referrer-policy"] == "same-origin"
            assert answer.headers["x-frame-options"] == "SAMEORIGIN"
        assert "x-frame-options" not in http.get("/catalogue").headers
    with site(tmp_path / "2", mirror, embed=("https://huggingface.co", "https://*.hf.space")) as made:
        answer = httpx.get(f"{made.url}/")
        assert (
            answer.headers["content-security-policy"]
            == "frame-ancestors 'self' https://huggingface.co https://*.hf.space"
        )
        assert "x-frame-options" not in answer.headers


def test_a_page_whose_name_was_led_here_reaches_nothing(http):
    """DNS rebinding: to the browser, this server and the page are one site, so that it sends no other Origin."""
    headers = {"Host": "evil.example:7860", "Origin": "http://evil.example:7860"}
    answers = [
        http.get("/", headers=headers),
        http.get("/catalogue", headers=headers),
        http.get("/health", headers=headers),
        http.get("/models/test/mirror/", headers=headers),
        http.post("/models/test/mirror/gradio_api/call/controls", json={"data": []}, headers=headers),
        http.post("/models/test/mirror/gradio_api/upload", files={"files": ("a.wav", b"x")}, headers=headers),
        http.post("/models/test/mirror/gradio_api/queue/join", headers=headers),
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert all("--allow-host evil.example" in answer.json()["error"] for answer in answers)


def test_health_and_catalogue(http, server):
    health = http.get("/health").json()
    assert health["status"] == "ok"
    assert {"files", "system calls", "environment", "watch"} <= {layer["name"] for layer in health["sandbox"]}
    assert all(layer["sentence"].endswith(".") for layer in health["sandbox"])
    entries = http.get("/catalogue").json()["endpoints"]
    assert [entry["id"] for entry in entries] == ["test/mirror", "test/reader", "test/failing"]
    assert entries[0]["url"] == f"{server.url}/models/test/mirror"
    assert entries[0]["name"] == "Mirror" and entries[0]["tags"] == ["mirror"]
    assert http.get("/favicon.ico").status_code == 204


def test_an_endpoint_that_cannot_be_described_says_why_and_spoils_nothing(tmp_path):
    made = Site(tmp_path, [spec(Mirror, "test/mirror")])
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "metadata.json").write_text("not JSON")
    made.registry.add_folder("test/broken", tmp_path / "broken", None)
    with serving(made.app) as url:
        entries = httpx.get(f"{url}/catalogue").json()["endpoints"]
        assert entries[0]["name"] == "Mirror"
        assert set(entries[1]) == {"id", "url", "error"} and "metadata.json" in entries[1]["error"]
        answer = httpx.post(f"{url}/models/test/broken/call/controls", json={"data": []})
        assert answer.status_code == 500 and answer.json()["error"] == entries[1]["error"]


def test_what_is_not_harps_goes_to_the_page(http, server):
    server.pages.clear()
    for path, method, seen in [
        ("/models/test/reader/", "GET", "test/reader /models/test/reader GET /"),
        ("/models/test/reader/config", "GET", "test/reader /models/test/reader GET /config"),
        (
            "/models/test/reader/gradio_api/queue/join",
            "POST",
            "test/reader /models/test/reader POST /gradio_api/queue/join",
        ),
        (
            "/models/test/reader/gradio_api/upload?upload_id=1",
            "POST",
            "test/reader /models/test/reader POST /gradio_api/upload",
        ),
        ("/config", "GET", "test/mirror - GET /config"),
    ]:
        assert http.request(method, path).text == seen
    assert [page.spec.id for page in server.pages] == ["test/reader", "test/mirror"]
    assert [page.started for page in server.pages] == [1, 1]


def test_a_page_without_its_slash_leads_to_the_one_with_it(http):
    answer = http.get("/models/test/reader?view=api")
    assert answer.status_code == 307 and answer.headers["location"] == "reader/?view=api"
    assert http.get("/models/test/reader", follow_redirects=True).text.endswith("GET /")


@pytest.mark.parametrize(
    "path", ["/models", "/models/", "/models/test", "/models/test/", "/models//x/", "/models/no/no/"]
)
def test_an_address_without_a_model_gets_a_sentence(http, path):
    answer = http.get(path)
    if path == "/models":
        assert answer.status_code == 200, "a path of the root endpoint's page"
    else:
        assert answer.status_code == 404 and "model" in answer.json()["error"].lower()
        page = http.get(path, headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.status_code == 404 and page.text.startswith("<!doctype html>") and 'href="/"' in page.text


def test_no_page_lets_another_site_read_it(http):
    assert http.get("/config").headers["access-control-allow-origin"] == "*"
    answer = http.get("/config", headers={"Origin": "https://evil.example"})
    assert answer.status_code == 200 and "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("path", ["/gradio_api/upload?upload_id=1", "/gradio_api/queue/join"])
def test_no_page_lets_another_site_make_it_work(http, path):
    url = f"/models/test/mirror{path}"
    assert http.post(url).status_code == 200
    answer = http.post(url, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403 and "another site" in answer.json()["error"]


def test_the_named_root_answers(tmp_path):
    specs = [spec(Mirror, "test/mirror"), spec(Reader, "test/reader")]
    with site(tmp_path, specs, root="test/reader") as made, httpx.Client(base_url=made.url) as http:
        event = http.post("/call/controls", json={"data": []}).json()["event_id"]
        assert '"name": "Reader"' in http.get(f"/call/controls/{event}").text


def test_a_server_without_models_says_so(tmp_path):
    with site(tmp_path, []) as made:
        assert httpx.get(f"{made.url}/").status_code == 200
        answer = httpx.post(f"{made.url}/call/controls", json={"data": []})
        assert answer.status_code == 404 and answer.json() == {"error": "This server has no models."}


@pytest.mark.parametrize("settings", [{}, {"public_url": "https://studio.example/harp/"}])
def test_a_mount_prefix_is_part_of_every_url(tmp_path, settings):
    """As behind a proxy that leaves the prefix in the path and tells it to the server."""
    made = Site(tmp_path, [spec(Mirror, "test/mirror")], **settings)
    with serving(made.app, root_path="/harp") as url, httpx.Client(base_url=url, timeout=60) as http:
        base = settings.get("public_url", f"{url}/harp").rstrip("/")
        assert http.get("/").text == f"<p>The list at {base}"
        assert http.get("/models/test/mirror/config").text == "test/mirror /harp/models/test/mirror GET /config"
        api = "/models/test/mirror/gradio_api"
        path = http.post(f"{api}/upload", files={"files": ("a.wav", wav(b"sound!"))}).json()[0]
        data = [{"path": path}, "Keep stereo", 0.3, True, 0, ""]
        event = http.post(f"{api}/call/process", json={"data": data}).json()["event_id"]
        answer = json.loads(http.get(f"{api}/call/process/{event}").text.split("event: complete\ndata: ")[1])
        assert answer[0]["url"].startswith(f"{base}/models/test/mirror/gradio_api/file=jobs/")


def test_websockets_and_unknown_scopes_are_turned_away(tmp_path):
    app = Site(tmp_path, []).app

    async def talk(scope) -> list[dict[str, object]]:
        sent: list[dict[str, object]] = []

        async def receive():
            return {"type": "websocket.connect"}

        async def send(message):
            sent.append(message)

        await app(scope, receive, send)
        return sent

    assert asyncio.run(talk({"type": "websocket", "path": "/"}))[0]["type"] == "websocket.close"
    assert asyncio.run(talk({"type": "other"})) == []


def dispatch(made: Site, list_page, *lifespan) -> Dispatch:
    """The application over a site's parts, with another list of models."""
    front = Front(made.settings, made.service, made.registry, list_page)
    entrance = door(made.settings, sign_in_page)
    return Dispatch(made.settings, made.service, made.registry, made.uploads, made._page, front, entrance, *lifespan)


def test_a_fault_inside_the_server_is_a_sentence_without_a_path(tmp_path, caplog):
    made = Site(tmp_path, [spec(Mirror, "test/mirror")])

    def broken(url: str) -> str:
        raise RuntimeError(f"secret of {tmp_path}")

    app = dispatch(made, broken)
    with serving(app) as url:
        answer = httpx.get(url)
        assert answer.status_code == 500
        assert answer.json() == {"error": "The server failed on this request; its log says why."}
        assert httpx.get(f"{url}/health").status_code == 200
    assert "secret of" in caplog.text


def test_what_lives_with_the_server_is_entered_and_left(tmp_path):
    import contextlib

    lived: list[str] = []
    made = Site(tmp_path, [spec(Mirror, "test/mirror")])

    @contextlib.asynccontextmanager
    async def life():
        lived.append("in")
        yield
        lived.append("out")

    app = dispatch(made, str, life)
    with serving(app) as url:
        assert lived == ["in"]
        httpx.get(f"{url}/models/test/mirror/")
    assert lived == ["in", "out"]
    assert made.pages[0].closed == 1
