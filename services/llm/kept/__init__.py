"""What users keep: things with a name, in tables of the same shape."""
