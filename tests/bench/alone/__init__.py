"""What is measured of Parley alone: its peers have no such thing."""
