"""Damage in recordings, mended by signal processing alone: clicks, clipping, hum and a constant offset."""
