"""Request ids: what makes a retry answer as the first try did."""
