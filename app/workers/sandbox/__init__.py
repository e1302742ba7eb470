"""What a worker loses before it builds an endpoint: files, calls, privileges, memory. Standard library only."""
