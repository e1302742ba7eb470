from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from app.ui.endpoint_list import harp_url, render_list
from tests.ui.page_site import specs


def test_every_endpoint_has_its_link_and_an_address_that_harp_takes():
    html = render_list(specs(Path("example.wav")), "http://studio:7860/")
    for name in ("quick", "slow", "chords"):
        assert f'href="/models/harpist/{name}"' in html
        assert f"http://studio:7860/models/harpist/{name}#localhost" in html
    assert "&lt;music&gt;" in html
    assert "3 models" in html


def test_the_sandbox_is_told_at_the_foot():
    html = render_list(specs(Path("example.wav")), "http://localhost:7860", "Sandbox: files <all>")
    assert '<footer class="hp-foot">Sandbox: files &lt;all&gt;</footer>' in html


def test_behind_a_proxy_the_links_keep_its_path():
    html = render_list(specs(Path("example.wav")), "https://example.org/harp")
    assert 'href="/harp/models/harpist/chords"' in html


def test_harp_takes_these_addresses_as_they_are():
    for url in ("http://localhost:7860/models/a/b", "http://10.0.0.7:7860/x", "https://a.hf.space/"):
        assert harp_url(url) == url
    assert harp_url("https://example.org/x") == "https://example.org/x#localhost"


def test_the_list_names_no_other_host():
    html = render_list(specs(Path("example.wav")), "http://localhost:7860")
    assert "https://" not in html
    assert html.count("http://") == html.count("http://localhost:7860/models/")


def test_neither_the_list_nor_the_page_factory_imports_gradio():
    code = (
        "import sys, app.ui.endpoint_list, app.ui.page_app;"
        "sys.exit(any(name in sys.modules for name in ('gradio', 'torch', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
