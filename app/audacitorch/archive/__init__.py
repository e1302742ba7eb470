"""What lies in a model.pt, looked at without running any of it. Standard library only."""
