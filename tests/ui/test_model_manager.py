from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import sys
from pathlib import Path

from app.ui.model_manager import render_manager
from tests.ui.page_site import specs

FOLDER = Path(__file__).parent.parent.parent / "app" / "ui" / "manager"


def page(base_url: str = "http://localhost:7860", foot: str = "") -> str:
    return render_manager(specs(Path("example.wav")), base_url, foot)


def test_every_endpoint_has_its_link_and_an_address_that_harp_takes() -> None:
    html = page("http://studio:7860/")
    for name in ("quick", "slow", "chords"):
        assert f'href="/models/harpist/{name}/"' in html
        assert f"<code>http://studio:7860/models/harpist/{name}#localhost</code>" in html
    assert "&lt;music&gt;" in html
    assert "5 models" in html


def test_the_sandbox_is_told_at_the_foot() -> None:
    assert '<footer class="hp-foot">Sandbox: $files &lt;all&gt;</footer>' in page(foot="Sandbox: $files <all>")


def test_behind_a_proxy_the_links_keep_its_path() -> None:
    assert 'href="/harp/models/harpist/chords/"' in page("https://example.org/harp")


def test_the_page_asks_no_other_host_for_anything() -> None:
    html = page()
    fetched = re.findall(
        r"""(?:src|srcset|action|data)="([^"]*)"|url\(([^)]*)\)|@import|<link[^>]*href="([^"]*)""", html
    )
    assert [address for found in fetched for address in found if address and not address.startswith("data:")] == []


def test_its_policy_lets_its_own_style_and_script_run_and_nothing_else() -> None:
    html = page()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    for kind in ("script", "style"):
        texts = re.findall(rf"<{kind}[^>]*>(.*?)</{kind}>", html, re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
        named = " ".join(f"'sha256-{digest}'" for digest in digests)
        assert f"{kind}-src {named};" in policy
    assert re.search(r"<[^>]+ (style|on[a-z]+)=", html.replace("<script", "")) is None, "no policy would let it"


def test_its_script_never_reads_text_as_html() -> None:
    for file in sorted(FOLDER.glob("*.js")):
        text = file.read_text(encoding="utf-8")
        assert re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", text) is None
        assert "</script" not in text


def test_neither_the_page_nor_the_page_factory_imports_gradio() -> None:
    code = (
        "import sys, app.ui.model_manager, app.ui.page_app;"
        "sys.exit(any(name in sys.modules for name in ('gradio', 'torch', 'numpy')))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0
