"""Notes to sound."""
