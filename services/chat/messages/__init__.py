"""Messages and replies."""
