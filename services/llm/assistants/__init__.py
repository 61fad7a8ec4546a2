"""Assistants: instructions, a model, knowledge and tools under one name."""
