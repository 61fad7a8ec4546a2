"""What is told of accounts: to the audit log, and to whose they are."""
