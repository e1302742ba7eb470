"""Effects of our own in torch: nothing to install, the same on every system, and their gradients are exact."""
