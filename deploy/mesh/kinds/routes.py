"""VirtualService: where a call goes, how long it may take, what is asked again."""

from typing import Literal

from deploy.mesh.kinds.base import Duration, Host, Part, Percent, StringMatch


class PortSelector(Part):
    """A port of a service."""

    number: int


class Destination(Part):
    """A service, or one of its subsets."""

    host: str
    subset: str | None = None
    port: PortSelector | None = None


class HeaderOperations(Part):
    """What becomes of headers on their way."""

    set: dict[str, str] = {}
    add: dict[str, str] = {}
    remove: list[str] = []


class Headers(Part):
    """What becomes of the headers of requests and of answers."""

    request: HeaderOperations = HeaderOperations()
    response: HeaderOperations = HeaderOperations()


class Weighted(Part):
    """A destination and its share."""

    destination: Destination
    weight: int = 0
    headers: Headers | None = None


class Match(Part):
    """The requests that a route is for; every field has to hold."""

    name: str = ""
    uri: StringMatch | None = None
    method: StringMatch | None = None
    authority: StringMatch | None = None
    headers: dict[str, StringMatch] = {}
    without_headers: dict[str, StringMatch] = {}
    port: int | None = None
    gateways: list[Literal["mesh"]] = []
    source_labels: dict[str, str] = {}
    source_namespace: str = ""


class Retries(Part):
    """What is asked again; 0 attempts: nothing."""

    attempts: int
    retry_on: str = ""
    per_try_timeout: Duration | None = None
    backoff: Duration | None = None
    retry_remote_localities: bool = False
    retry_ignore_previous_hosts: bool | None = None


class Delay(Part):
    """A share of requests waits."""

    fixed_delay: Duration
    percentage: Percent


class Abort(Part):
    """A share of requests is answered with an error."""

    percentage: Percent
    http_status: int | None = None
    grpc_status: str | None = None


class Fault(Part):
    """Faults for game days."""

    delay: Delay | None = None
    abort: Abort | None = None


class Mirror(Part):
    """A copy of requests goes there too; its answers go nowhere."""

    destination: Destination
    percentage: Percent | None = None


class Rewrite(Part):
    """Another path or authority."""

    uri: str | None = None
    authority: str | None = None


class Redirect(Part):
    """Send the client elsewhere."""

    scheme: str
    redirect_code: Literal[301, 302, 303, 307, 308] = 301


class Route(Part):
    """Where some requests go. The first route that matches is taken."""

    name: str = ""
    match: list[Match] = []
    route: list[Weighted] = []
    timeout: Duration | None = None
    retries: Retries | None = None
    fault: Fault | None = None
    mirror: Destination | None = None
    mirror_percentage: Percent | None = None
    mirrors: list[Mirror] = []
    headers: Headers | None = None
    rewrite: Rewrite | None = None
    redirect: Redirect | None = None


class VirtualService(Part):
    """The routes of some hosts, in sidecars (`mesh`) or gateways."""

    hosts: list[Host]
    # What comes through a gateway, HTTPRoutes say.
    gateways: list[Literal["mesh"]] = ["mesh"]
    export_to: list[Literal["*", "."]] = ["*"]
    http: list[Route] = []
