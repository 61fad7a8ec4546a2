"""Taking conversations out of Parley, and bringing them in."""
