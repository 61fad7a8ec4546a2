"""Erasing what is known of a user."""
