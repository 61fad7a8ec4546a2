"""Request IDs: what makes a retry answer as the first try did (AIP-155)."""
