"""What checks and derives the manifests of `deploy/kubernetes/`."""
