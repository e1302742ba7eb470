"""HTTP: HARP's calls natively, the rest to each endpoint's page."""
