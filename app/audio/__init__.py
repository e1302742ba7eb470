"""Sound: reading, resampling, chunks, writing. Knows no models and no HARP."""
