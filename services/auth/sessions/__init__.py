"""How people sign in, and stay signed in."""
