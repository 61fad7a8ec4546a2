"""Gateway and HTTPRoute, of the Gateway API: the ways in and out."""

from typing import Literal

from pydantic import Field

from deploy.mesh.kinds.base import Duration, Part

GATEWAY_GROUP = "gateway.networking.k8s.io"
ISTIO_GROUP = "networking.istio.io"


class CertificateRef(Part):
    """The secret that a listener's certificate is in."""

    name: str


class TlsOptions(Part):
    """What Istio adds to the Gateway API."""

    terminate_mode: Literal["ISTIO_MUTUAL"] | None = Field(
        default=None, alias="gateway.istio.io/tls-terminate-mode"
    )


class ListenerTls(Part):
    """How a listener ends TLS: with its own certificate, or the mesh's."""

    mode: Literal["Terminate"] = "Terminate"
    certificate_refs: list[CertificateRef] = []
    options: TlsOptions = TlsOptions()


class NamespaceLabels(Part):
    """The label that Kubernetes gives every namespace; of others the bench has none."""

    name: str = Field(alias="kubernetes.io/metadata.name")


class LabelSelector(Part):
    """A namespace, by its label."""

    match_labels: NamespaceLabels


class RouteNamespaces(Part):
    """From where routes may be attached."""

    origin: Literal["Same", "All", "Selector"] = Field(default="Same", alias="from")
    selector: LabelSelector | None = None


class AllowedRoutes(Part):
    """Who may attach routes."""

    namespaces: RouteNamespaces = RouteNamespaces()


class Listener(Part):
    """A port of a gateway."""

    name: str
    port: int
    protocol: Literal["HTTP", "HTTPS"]
    hostname: str | None = None
    tls: ListenerTls | None = None
    allowed_routes: AllowedRoutes = AllowedRoutes()


class Annotations(Part):
    """How its pods are configured."""

    config: str | None = Field(default=None, alias="proxy.istio.io/config")


class ParametersRef(Part):
    """What a cluster's pods of it are like; the bench has one process instead."""

    group: Literal[""]
    kind: Literal["ConfigMap"]
    name: str


class Infrastructure(Part):
    """What is made for it."""

    annotations: Annotations = Annotations()
    parameters_ref: ParametersRef | None = None


class Gateway(Part):
    """A proxy of its own."""

    gateway_class_name: Literal["istio"]
    infrastructure: Infrastructure = Infrastructure()
    listeners: list[Listener]


class ParentRef(Part):
    """What a route belongs to: a gateway's listener, or calls to a host."""

    group: Literal["gateway.networking.k8s.io", "networking.istio.io", ""] = (
        "gateway.networking.k8s.io"
    )
    kind: Literal["Gateway", "ServiceEntry", "Service"] = "Gateway"
    name: str
    namespace: str | None = None
    section_name: str | None = None
    port: int | None = None


class BackendRef(Part):
    """Where requests go."""

    group: Literal["", "networking.istio.io"] = ""
    kind: Literal["Service", "Hostname"] = "Service"
    name: str
    namespace: str | None = None
    port: int
    weight: int = 1


class RequestRedirect(Part):
    """Send the client elsewhere."""

    scheme: Literal["http", "https"]
    status_code: Literal[301, 302, 303, 307, 308] = 302


class RouteFilter(Part):
    """What becomes of a request on its way."""

    type: Literal["RequestRedirect"]
    request_redirect: RequestRedirect


class RouteTimeouts(Part):
    """How long a request may take."""

    request: Duration | None = None


class HeaderMatch(Part):
    """A header that has to be equal, or match (RE2, all of it)."""

    type: Literal["Exact", "RegularExpression"] = "Exact"
    name: str
    value: str


class RouteMatch(Part):
    """The requests that a rule is for; every field has to hold."""

    method: Literal["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"] | None = None
    headers: list[HeaderMatch] = []


class HttpRule(Part):
    """Where requests go: those that meet one of the matches, or all."""

    name: str = ""
    matches: list[RouteMatch] = []
    filters: list[RouteFilter] = []
    backend_refs: list[BackendRef] = []
    timeouts: RouteTimeouts = RouteTimeouts()


class HttpRoute(Part):
    """The routes of some host names."""

    parent_refs: list[ParentRef]
    hostnames: list[str] = []
    rules: list[HttpRule]
