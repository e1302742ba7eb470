"""Gradio apps that speak HARP already, hosted beside the endpoints as they are."""
