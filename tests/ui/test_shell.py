from __future__ import annotations

from pathlib import Path

import gradio

from app.ui.shell import rewrite

INDEX = (Path(gradio.__file__).parent / "templates/frontend/index.html").read_text()


def test_gradio_s_head_loses_what_points_elsewhere_and_gets_ours():
    html = rewrite(INDEX, "A <b> – Harpist", "/models/a/b")
    assert "og:" not in html
    assert "twitter:" not in html
    assert "githubusercontent" not in html
    assert 'rel="manifest"' not in html
    assert '<base href="/models/a/b/" />' in html
    assert "<title>A &lt;b&gt; – Harpist</title>" in html
    assert html.count("</head>") == 1
    assert "data-harp-path" in html
