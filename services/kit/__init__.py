"""What every service stands on, and no product knows."""
