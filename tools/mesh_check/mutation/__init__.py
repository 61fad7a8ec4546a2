"""Breaks `deploy/istio/` in every place, and looks who notices: `make mesh-mutants`."""
