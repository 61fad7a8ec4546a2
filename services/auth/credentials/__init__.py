"""How people change what they sign in with."""
