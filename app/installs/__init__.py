"""Installing, trying, offering, updating and removing models of the hub while the server runs."""
