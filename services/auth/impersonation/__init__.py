"""How somebody acts as somebody else."""
