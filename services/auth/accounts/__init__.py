"""How people come and go."""
