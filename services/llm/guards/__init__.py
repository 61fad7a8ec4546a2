"""What stands before a provider: each is a `Provider` itself, and one concern."""
