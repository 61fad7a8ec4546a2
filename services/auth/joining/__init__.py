"""How the parts of auth are joined: what each is made of, and what serves its API."""
