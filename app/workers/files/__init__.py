"""Files on their way to a worker and back, in folders of its own; nothing there is trusted."""
