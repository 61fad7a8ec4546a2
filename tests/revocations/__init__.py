"""Revoked is refused everywhere within a second: over the whole system."""
