"""Endpoints in Python, one module or package each.

They see only ``app.endpoint``, ``app.harp``, ``app.audio``, ``app.audacitorch`` and ``app.errors``, and never one
another. Models that ship with the server are in :mod:`endpoints.bundled`; they are exported to files and served from
those.
"""

BUILTINS: tuple[str, ...] = ()
"""Modules of the built-in Python endpoints by name, so that nothing heavy is imported to list them."""
