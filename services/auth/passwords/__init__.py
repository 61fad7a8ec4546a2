"""What passwords are accepted, and how they are kept."""
