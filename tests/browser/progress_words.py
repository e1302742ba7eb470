"""What a page says of a job's progress while it runs."""

from __future__ import annotations

from playwright.sync_api import Page


def note_words(page: Page) -> None:
    """Have the page keep, from now on, every word that its progress bar says."""
    page.evaluate(
        """() => {
            window.words = new Set();
            new MutationObserver(() => {
                const bar = document.querySelector('#hp-status [role=progressbar]');
                if (bar) window.words.add(bar.getAttribute('aria-label'));
            }).observe(document, {subtree: true, childList: true, attributes: true});
        }"""
    )


def words_so_far(page: Page) -> list[str]:
    """Return them, each once."""
    words: list[str] = page.evaluate("[...window.words]")
    return words
