"""Who may use the server, where its operator asks for a key or a Hugging Face account."""
