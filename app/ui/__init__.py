"""Pages in the browser."""

from app.ui.lighter_gradio import lighten

lighten()
