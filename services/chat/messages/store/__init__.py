"""Messages and replies in Postgres."""
