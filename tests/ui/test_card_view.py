from __future__ import annotations

from app.harp.card import ModelCard
from app.ui.card_view import card_html, shown_tags

CARD = ModelCard(
    "A <b>",
    "Me & you",
    "Does this. Deviates from the format: It is odd. And old.",
    (
        "category:enhancement",
        "subcategory:denoising",
        "sample-rate:16000",
        "channels:mono",
        "input:audio",
        "output:audio",
        "speech",
        "denoising",
    ),
    "",
    ("It is odd.", "And old."),
)


def test_tags_are_words_and_each_stands_once():
    assert shown_tags(CARD) == ["enhancement", "denoising", "16 kHz", "speech"]


def test_the_card_is_escaped_and_says_each_warning_once():
    html = card_html(CARD, "/models/me/a", "/")
    assert "<h1>A &lt;b&gt;</h1>" in html
    assert "by Me &amp; you · No licence stated" in html
    assert html.count("It is odd.") == html.count("And old.") == 1
    assert "<p>Does this.</p><ul" in html and "Deviates" not in html
    assert 'data-harp-path="/models/me/a"' in html
    assert "Two windows of HARP before version 4" in html and "127.0.0.1 in place of localhost" in html
