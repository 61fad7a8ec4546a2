"""Keeping a user's devices in step."""
