"""Documents: what answers can rest on."""
