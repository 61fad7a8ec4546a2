"""What a cluster is told to run, and what helps to tell it so."""
