"""What the installation asks of people."""
