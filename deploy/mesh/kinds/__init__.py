"""The kinds of resources that the bench reads, and the fields of each that it knows."""
