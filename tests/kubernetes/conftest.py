"""Manifests as a cluster would get them."""

import pytest

from tools.kubernetes.manifests import Manifests, NoKustomize, kubectl, overlay


@pytest.fixture(scope="session", autouse=True)
def kustomize() -> None:
    """Skip, and say so, where nothing can build them."""
    try:
        kubectl()
    except NoKustomize as missing:
        pytest.skip(str(missing))


@pytest.fixture
def production() -> Manifests:
    """The environment that users meet; a test may break it."""
    return overlay("production")
