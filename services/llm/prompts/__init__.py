"""Prompts: instructions with variables, in versions."""
