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


class LabelSelector(Part):
    """Namespaces, by their labels."""

    match_labels: dict[str, str] = {}


class RouteNamespaces(Part):
    """From where routes may be attached."""

    origin: Literal["Same", "All", "Selector"] = Field(default="Same", alias="from")
    selector: LabelSelector = LabelSelector()


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
    status_code: Literal[301, 302] = 302


class RouteFilter(Part):
    """What becomes of a request on its way."""

    type: Literal["RequestRedirect"]
    request_redirect: RequestRedirect


class RouteTimeouts(Part):
    """How long a request may take."""

    request: Duration | None = None


class HttpRule(Part):
    """Where requests go; here, all of them: matches are refused."""

    name: str = ""
    filters: list[RouteFilter] = []
    backend_refs: list[BackendRef] = []
    timeouts: RouteTimeouts = RouteTimeouts()


class HttpRoute(Part):
    """The routes of some host names."""

    parent_refs: list[ParentRef]
    hostnames: list[str] = []
    rules: list[HttpRule]
