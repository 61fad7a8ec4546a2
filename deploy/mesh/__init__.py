"""
What `deploy/istio/` says, executed on one machine by plain Envoys.

It is a test bench, not a control plane: it knows the fields that Parley's policy uses,
and refuses every other by name.
"""
