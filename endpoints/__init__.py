"""Endpoints in Python, one module or package each.

They see only ``app.endpoint``, ``app.harp``, ``app.audio``, ``app.audacitorch`` and ``app.errors``, and never one
another. Models that ship with the server are in :mod:`endpoints.bundled`; they are exported to files and served from
those.
"""
