"""Secrets that can be recognised, put into every test, and looked for in every log."""
