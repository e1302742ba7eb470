"""What the bundled models do, each with its scores by a well-kept library and the peers that do it too."""
