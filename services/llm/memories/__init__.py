"""Memories: facts that a user agreed to have remembered."""
