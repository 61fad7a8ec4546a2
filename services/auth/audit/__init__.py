"""What happened that matters to security."""
