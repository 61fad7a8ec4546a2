"""What is no longer to be let in, and how every service hears of it."""
