"""Jobs: the one door to processing."""
