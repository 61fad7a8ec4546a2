"""How an answer comes about."""
