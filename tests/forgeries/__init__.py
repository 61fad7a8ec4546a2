"""Access tokens that nobody is to be let in with."""
