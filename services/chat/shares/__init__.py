"""Links: snapshots of conversations for whoever has the token."""
