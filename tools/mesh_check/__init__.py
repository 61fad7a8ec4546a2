"""Checks of `deploy/istio/` that teach: `make mesh-check`."""
