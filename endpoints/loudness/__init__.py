"""Loudness by EBU R 128 and ITU-R BS.1770-4: a report of a region, and an effect that brings it to a target.

Endpoints in Python, and no audacitorch models: a gate needs the whole region, a report has numbers where a model's
labels have a fixed list of texts, and a gain belongs on the file's own samples, at its own rate, in all its channels.
"""
