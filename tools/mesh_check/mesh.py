"""One mesh as it would be installed: the base, with what is added to it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deploy.mesh.kustomize import build, kustomization
from tools.mesh_check.folder import BASE, Folder
from tools.mesh_check.resource import Resource

VALUES = "mesh/values.yaml"


@dataclass(frozen=True, slots=True)
class Mesh:
    """All resources of one kustomization, and the values of the mesh."""

    name: str
    resources: list[Resource]
    values: Mapping[str, Any]

    def of_kind(self, kind: str, group: str = "istio.io") -> list[Resource]:
        """List the resources of a kind; the Gateway API has a `Gateway`, too."""
        return [
            found
            for found in self.resources
            if found.kind == kind and group in found.api.partition("/")[0]
        ]

    @property
    def is_ambient(self) -> bool:
        """Whether policies are kept by a waypoint and not by sidecars."""
        return any(
            found.spec.get("gatewayClassName") == "istio-waypoint"
            for found in self.of_kind("Gateway", "gateway.networking.k8s.io")
        )

    @property
    def is_an_installation(self) -> bool:
        """Whether it is one to be used as it is: it fills in what the base leaves."""
        return self.name.startswith("overlays/")

    @property
    def is_a_game_day(self) -> bool:
        """Whether faults belong into it."""
        return "game-day" in self.name


def values(folder: Folder) -> Mapping[str, Any]:
    """Read what is true of the whole mesh."""
    found: Mapping[str, Any] = (folder.documents.get(VALUES) or [{}])[0]
    return found


def meshes(folder: Folder, wanted: frozenset[str] | None = None) -> Iterator[Mesh]:
    """Build the base, each component on the base, and each overlay."""
    for name in folder.kustomizations():
        if wanted is not None and name not in wanted:
            continue
        if kustomization(folder.documents_of, name).kind == "Component":
            found = build(folder.documents_of, BASE, [name])
        else:
            found = build(folder.documents_of, name)
        yield Mesh(
            name,
            [Resource(each.written, each.place, each.patches) for each in found],
            values(folder),
        )
