"""Terminals that a person signs in from a browser (RFC 8628)."""
