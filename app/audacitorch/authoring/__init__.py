"""From an author's module to a model's folder."""
