"""What happened to accounts: a log that shows if somebody changes it."""
