"""What a model's ``forward`` takes beside its waveform: controls, and further tracks."""
