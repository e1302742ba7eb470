"""The audacitorch model format: TorchScript archives with metadata, as found on the hub."""
