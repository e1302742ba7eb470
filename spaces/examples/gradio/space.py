"""This Space's server: HARP's calls, the pages and the API, at its own address."""

from __future__ import annotations

from pathlib import Path

from app.cli.serve_space import serve_space

# The first one answers at the Space's own address.
MODELS = ("harpist/harmonic-percussive",)

if __name__ == "__main__":
    raise SystemExit(serve_space(Path(__file__).resolve().parent, MODELS))
