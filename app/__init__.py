"""Harpist: a HARP-compatible server for every audacitorch model."""

__version__ = "0.1.0"
