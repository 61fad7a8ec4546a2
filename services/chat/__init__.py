"""Keeps conversations and streams the replies of models."""
