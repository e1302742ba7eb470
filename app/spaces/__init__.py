"""Hugging Face Spaces: a folder that serves models there, and what is different when it runs."""
