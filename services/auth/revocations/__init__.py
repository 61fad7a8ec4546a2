"""Tokens that are refused though they have not expired."""
