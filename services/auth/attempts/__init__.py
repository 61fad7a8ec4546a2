"""How often secrets may be tried."""
