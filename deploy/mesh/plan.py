"""What is decided about one mesh, so that every process of it reads the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Self

from deploy.mesh.cluster import PUBLIC_ROOTS, Cluster
from deploy.mesh.files import POLICY, VALUES, read_policy
from deploy.mesh.identity.authority import Authority
from deploy.mesh.parley import parley
from deploy.mesh.resources import Mesh
from deploy.mesh.versions import Labels, standings

ROTATION_SECONDS = 300.0
# A certificate outlives its successor's birth by far, as Istio's do.
LIVES = 12
Replicas = Mapping[str, Mapping[str, Labels]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Paths are absolute; all of it can be written as JSON."""

    # Where the sockets and files of sidecars are.
    folder: str
    # What listens on which port of this machine.
    ports: Mapping[str, int]
    # The replicas of each service, with the labels of their version.
    replicas: Replicas = field(default_factory=dict)
    # The policy, and what is added to it.
    policy: str = str(POLICY)
    components: Sequence[str] = ()
    values: str = str(VALUES)
    # Files: the authority, and the key sets of issuers that stand in the policy.
    authority: str = ""
    keys: Mapping[str, str] = field(default_factory=dict)
    rotation_seconds: float = ROTATION_SECONDS
    # `host:port` of who is outside → where this machine finds them, if not by name.
    outside: Mapping[str, str] = field(default_factory=dict)
    # A file with the authorities that everybody trusts.
    public_roots: str = PUBLIC_ROOTS

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read what `write` wrote."""
        written: dict[str, Any] = json.loads(file.read_text())
        return cls(**written)

    def write(self, file: Path) -> None:
        """Write it down."""
        file.write_text(json.dumps(asdict(self), indent=1))

    @property
    def interval(self) -> timedelta:
        """How often there is a new certificate."""
        return timedelta(seconds=self.rotation_seconds)

    @property
    def life(self) -> timedelta:
        """How long a certificate is good."""
        return LIVES * self.interval

    def at(self, instance: str) -> Path:
        """Where an instance's sockets and files are."""
        return Path(self.folder) / instance

    def trusted(self) -> Authority:
        """Read the authority that the mesh trusts, if it will for a while."""
        found = Authority.read(Path(self.authority).read_text())
        if found.expires_within(self.life):
            raise SystemExit(
                f"The mesh's own authority expires at "
                f"{found.certificate.not_valid_after_utc}: stop the mesh and start it "
                "again, and it gets another."
            )
        return found

    def cluster(self) -> Cluster:
        """Lay it out."""
        outside = {}
        for name, address in self.outside.items():
            host, _, port = name.rpartition(":")
            outside[host, int(port)] = address
        return parley(
            Path(self.folder),
            self.ports.__getitem__,
            standings(self.replicas),
            outside,
            self.public_roots,
        )

    def mesh(self) -> Mesh:
        """Read the policy, as it is now."""
        keys = {issuer: Path(file).read_text() for issuer, file in self.keys.items()}
        components = [Path(each) for each in self.components]
        return read_policy(Path(self.policy), Path(self.values), keys, components)
