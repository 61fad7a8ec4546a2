"""The files that conversations are taken out in, and brought in from."""
