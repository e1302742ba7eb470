"""Processes that run endpoints: standard library only, torch nowhere."""
