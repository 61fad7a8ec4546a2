"""How users, groups and roles are managed."""
