from __future__ import annotations

from app.cli.serve_space import space_environment
from app.setting_values import load_settings
from app.web.visit import Visits, visit_of


def test_a_space_answers_whoever_hugging_face_brings_and_may_be_framed_there() -> None:
    settings = load_settings({}, space_environment("a/b", {"SPACE_HOST": "me-my.hf.space,my.example.org"}))
    assert settings.embed == ("https://huggingface.co", "https://*.hf.space")
    headers = [(b"host", b"my.example.org"), (b"x-forwarded-for", b"203.0.113.7"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "method": "GET", "scheme": "http", "path": "/", "client": ("10.1.2.3", 1)}
    received = Visits(settings).receive({**scope, "headers": headers})
    assert visit_of(received).url == "https://me-my.hf.space"
    assert received["client"][0] == "203.0.113.7"


def test_a_space_that_runs_elsewhere_is_as_strict_as_any_server() -> None:
    settings = load_settings({}, space_environment("a/b", {}))
    assert (settings.public_url, settings.trusted_proxy, settings.allow_host, settings.embed) == ("", (), (), ())
