"""Erasing all that llm knows of a user."""
