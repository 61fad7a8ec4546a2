"""Users who belong together."""
