"""ServiceEntry: who is outside the mesh, and may be called."""

from typing import Literal

from deploy.mesh.kinds.base import Part


class EntryPort(Part):
    """A port of a host outside."""

    number: int
    name: str
    protocol: Literal["HTTP", "HTTPS"]


class ServiceEntry(Part):
    """Hosts outside, found by their names."""

    hosts: list[str]
    location: Literal["MESH_EXTERNAL"] = "MESH_EXTERNAL"
    resolution: Literal["DNS"]
    export_to: list[str] = ["*"]
    ports: list[EntryPort]
