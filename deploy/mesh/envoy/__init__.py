"""
What Istio's resources turn into, as Envoy's configuration.

Each mapping names the file of Istio that it follows, below `pilot/pkg/` of the
repository istio/istio, as of commit 86c9f01fd735 (version 1.32).
"""
