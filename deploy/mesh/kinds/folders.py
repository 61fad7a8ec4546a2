"""Kustomization: what a folder is made of. Of kustomize, what Parley's folders use."""

from typing import Literal

from deploy.mesh.kinds.base import Part


class Target(Part):
    """What a patch is for: regular expressions, all of the kind and the name."""

    kind: str
    name: str


class Patch(Part):
    """Operations on some resources (RFC 6902), in a file."""

    target: Target
    path: str


class Kustomization(Part):
    """A folder, or a component of folders."""

    api_version: str
    kind: Literal["Kustomization", "Component"]
    resources: list[str] = []
    components: list[str] = []
    patches: list[Patch] = []
