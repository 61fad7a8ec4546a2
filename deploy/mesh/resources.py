"""The resources of a mesh, read from what their files say."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from deploy.mesh.cluster import ROOT_NAMESPACE, Instance, Workload
from deploy.mesh.kinds.authorization import AuthorizationPolicy
from deploy.mesh.kinds.base import Metadata, Part, Refused, Selector
from deploy.mesh.kinds.config import Values
from deploy.mesh.kinds.destinations import DestinationRule
from deploy.mesh.kinds.gateways import Gateway, HttpRoute
from deploy.mesh.kinds.outside import ServiceEntry
from deploy.mesh.kinds.peers import PeerAuthentication
from deploy.mesh.kinds.routes import VirtualService
from deploy.mesh.kinds.scope import Scope
from deploy.mesh.kinds.telemetry import Telemetry
from deploy.mesh.kinds.tokens import RequestAuthentication

Spec = TypeVar("Spec", bound=Part)

KINDS: Mapping[str, type[Part]] = {
    "security.istio.io/AuthorizationPolicy": AuthorizationPolicy,
    "security.istio.io/PeerAuthentication": PeerAuthentication,
    "security.istio.io/RequestAuthentication": RequestAuthentication,
    "networking.istio.io/DestinationRule": DestinationRule,
    "networking.istio.io/ServiceEntry": ServiceEntry,
    "networking.istio.io/Sidecar": Scope,
    "networking.istio.io/VirtualService": VirtualService,
    "gateway.networking.k8s.io/Gateway": Gateway,
    "gateway.networking.k8s.io/HTTPRoute": HttpRoute,
    "telemetry.istio.io/Telemetry": Telemetry,
}


@dataclass(frozen=True, slots=True)
class Resource(Generic[Spec]):
    """One resource."""

    metadata: Metadata
    spec: Spec

    @property
    def name(self) -> str:
        """Its name."""
        return self.metadata.name

    @property
    def namespace(self) -> str:
        """Where it is."""
        return self.metadata.namespace


@dataclass(frozen=True, slots=True)
class Document:
    """A resource as a file writes it, where, and the patches that changed it."""

    place: str
    written: Mapping[str, Any]
    patches: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """What it is."""
        return str(self.written.get("kind"))

    @property
    def name(self) -> str:
        """What it is called."""
        metadata = self.written.get("metadata")
        return str(metadata.get("name") if isinstance(metadata, Mapping) else None)


@dataclass(frozen=True, slots=True)
class Mesh:
    """Everything that is said about a mesh."""

    resources: tuple[Resource[Part], ...] = ()
    values: Values = field(default_factory=Values)

    def of(self, kind: type[Spec]) -> list[Resource[Spec]]:
        """List the resources of a kind, by name: files have no order."""
        found: list[Any] = [
            each for each in self.resources if isinstance(each.spec, kind)
        ]
        return sorted(found, key=lambda each: (each.namespace, each.name))

    def selecting(
        self, kind: type[Spec], workload: Workload, instance: Instance
    ) -> list[Resource[Spec]]:
        """
        List the policies of a kind that are for an instance.

        Those of its namespace and of the root namespace, whose selector, if they have
        one, its labels satisfy: istio.io, "Security: policy target".
        """
        labels = workload.labels_of(instance)
        return [
            each
            for each in self.of(kind)
            if each.namespace in (workload.namespace, ROOT_NAMESPACE)
            and targets(each.spec, workload) in (None, True)
            and selector_of(each.spec).selects(labels)
        ]


def targets(spec: Part, workload: Workload) -> bool | None:
    """Tell whether a policy names a gateway as its target; None if it names nobody."""
    named = {each.name for each in getattr(spec, "target_refs", [])}
    return workload.gateway in named if named else None


def selector_of(spec: Part) -> Selector:
    """Return the selector of a policy; one that has none selects all."""
    found: Selector | None = getattr(spec, "selector", None)
    return found or Selector()


def read_mesh(documents: Iterable[Document], values: Document | None = None) -> Mesh:
    """Read resources, or refuse them with every reason at once."""
    resources, reasons = [], []
    said = Values()
    if values:
        try:
            said = Values.read(values.place, values.written, root="")
        except Refused as refused:
            reasons.append(str(refused))
    for document in documents:
        try:
            resources.append(read_resource(document))
        except Refused as refused:
            reasons.append(str(refused))
    if reasons:
        raise Refused("\n".join(reasons))
    return Mesh(tuple(resources), said)


def read_resource(document: Document) -> Resource[Part]:
    """Read one resource."""
    written = dict(document.written)
    group, _, _ = str(written.pop("apiVersion", "")).partition("/")
    kind = str(written.pop("kind", ""))
    if not (reader := KINDS.get(f"{group}/{kind}")):
        raise Refused(
            f"{document.place}: the bench does not implement the kind {group}/{kind}"
        )
    metadata = Metadata.read(f"{document.place}: {kind}", written.pop("metadata", {}))
    spec = written.pop("spec", None) or {}
    place = f"{document.place}: {kind} {metadata.namespace}/{metadata.name}"
    if written:
        raise Refused(f"{place}: the bench does not implement {', '.join(written)}")
    return Resource(metadata, reader.read(place, spec))
