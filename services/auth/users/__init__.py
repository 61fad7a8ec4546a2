"""Users, and the addresses they have."""
