"""Files that were exported, and what imports them in tests."""
