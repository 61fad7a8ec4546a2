"""Collections and documents in Postgres."""
