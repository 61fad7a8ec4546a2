"""Policies that differ from what is written, as a test needs them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.mesh.files import POLICY, VALUES, applied, on_disk, with_keys
from deploy.mesh.kinds.folders import Target
from deploy.mesh.kustomize import patched
from deploy.mesh.resources import Document, Mesh, read_mesh
from deploy.mesh.table.signing import Signer

COMPONENTS = Path(VALUES).parents[1] / "components"
Operation = Mapping[str, Any]


@dataclass(frozen=True)
class Policy:
    """What is written, and changes of it."""

    signers: Mapping[str, Signer]
    components: Sequence[str] = ()
    # Kind, name, and operations (RFC 6902) on the resource.
    edits: Sequence[tuple[str, str, Sequence[Operation]]] = field(default=())
    values: Mapping[str, Any] = field(default_factory=dict)
    # Resources beside those that are written.
    beside: Sequence[Mapping[str, Any]] = ()
    # Kinds of which nothing that is written is taken.
    without: Sequence[str] = ()

    def mesh(self) -> Mesh:
        """Read it."""
        keys = {issuer: signer.key_set for issuer, signer in self.signers.items()}
        documents = applied(POLICY, [COMPONENTS / name for name in self.components])
        for kind, name, operations in self.edits:
            target = Target(kind=kind, name=name)
            documents = patched(documents, target, [*operations], file="a test")
        documents = [
            each for each in documents if each.written["kind"] not in self.without
        ]
        documents += [Document("a test", each) for each in self.beside]
        (values,) = on_disk(str(VALUES))
        values["meshConfig"] |= self.values
        return read_mesh(
            [with_keys(each, keys) for each in documents], Document("values", values)
        )


def replaced(path: str, value: Any) -> Operation:
    """Put something in the place of what is written, or where nothing is."""
    return {"op": "add", "path": path, "value": value}
