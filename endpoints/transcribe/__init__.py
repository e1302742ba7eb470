"""Speech to text: what is said, and when, as labels.

Whisper (A. Radford and others: Robust speech recognition via large-scale weak supervision, ICML 2023) by the library
``transformers``; how its numbers become text and times is written here. ``hearing`` cuts a region at pauses,
``decoding`` asks the network for text, ``alignment`` finds when each part of it was said, ``sentences`` puts the parts
together.
"""
