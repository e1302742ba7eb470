"""Gradio's theme in our colours: system fonts only, so that nothing is fetched from another host."""

from __future__ import annotations

from typing import Any

from gradio.themes import Base
from gradio.themes.utils import colors, sizes

_SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
_MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def theme() -> Any:
    """Return the theme; the colours themselves are variables of ``static/look.css``, for light and dark at once."""
    names = {
        "body_background_fill": "var(--hp-paper)",
        "body_text_color": "var(--hp-ink)",
        "body_text_color_subdued": "var(--hp-soft)",
        "background_fill_primary": "var(--hp-sheet)",
        "background_fill_secondary": "var(--hp-well)",
        "block_background_fill": "transparent",
        "block_label_background_fill": "transparent",
        "block_label_text_color": "var(--hp-soft)",
        "block_title_text_color": "var(--hp-ink)",
        "block_info_text_color": "var(--hp-soft)",
        "block_border_color": "transparent",
        "border_color_primary": "var(--hp-line)",
        "border_color_accent": "var(--hp-accent)",
        "color_accent_soft": "var(--hp-tint)",
        "input_background_fill": "var(--hp-well)",
        "input_background_fill_focus": "var(--hp-well)",
        "input_border_color": "var(--hp-line)",
        "input_border_color_focus": "var(--hp-accent)",
        "slider_color": "var(--hp-accent)",
        "link_text_color": "var(--hp-accent)",
        "checkbox_background_color": "var(--hp-well)",
        "checkbox_background_color_selected": "var(--hp-accent)",
        "checkbox_border_color": "var(--hp-edge)",
        "checkbox_border_color_selected": "var(--hp-accent)",
        "checkbox_border_color_focus": "var(--hp-accent)",
        "checkbox_label_background_fill": "var(--hp-well)",
        "checkbox_label_background_fill_hover": "var(--hp-tint)",
        "checkbox_label_background_fill_selected": "var(--hp-tint)",
        "checkbox_label_border_color": "var(--hp-line)",
        "checkbox_label_text_color": "var(--hp-ink)",
        "checkbox_label_text_color_selected": "var(--hp-ink)",
        "button_primary_background_fill": "var(--hp-accent)",
        "button_primary_background_fill_hover": "var(--hp-accent-strong)",
        "button_primary_text_color": "var(--hp-on-accent)",
        "button_secondary_background_fill": "var(--hp-well)",
        "button_secondary_background_fill_hover": "var(--hp-tint)",
        "button_secondary_text_color": "var(--hp-ink)",
        "button_secondary_border_color": "var(--hp-line)",
    }
    both = {**names, **{f"{name}_dark": value for name, value in names.items()}}
    plain = {"block_shadow": "none", "block_label_shadow": "none", "block_border_width": "0px", "block_padding": "0px"}
    made: Any = Base(
        primary_hue=colors.teal,
        neutral_hue=colors.stone,
        radius_size=sizes.radius_lg,
        font=_SANS,
        font_mono=_MONO,
    )
    return made.set(**both, **plain)
