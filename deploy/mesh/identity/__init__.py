"""Who each workload is: an authority, and what gives every sidecar its certificates."""
