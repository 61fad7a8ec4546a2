"""Turns a conversation into the next answer."""
