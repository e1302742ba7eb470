"""Endpoints of third parties: found by their packages' entry points, described and run outside the server's process."""
