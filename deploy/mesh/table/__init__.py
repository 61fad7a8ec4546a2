"""Who may call what, found out by calling: `make mesh-test`."""
