"""Conversations, and the folders they lie in."""
