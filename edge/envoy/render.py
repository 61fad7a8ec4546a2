"""
Write Envoy's configuration for one environment.

    python -m edge.envoy.render --help
    python -m edge.envoy.render @edge/envoy/environments/cluster.flags > envoy.yaml
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import MISSING, Field, dataclass, fields
from ipaddress import ip_address
from pathlib import Path
from tempfile import gettempdir
from typing import Any, get_origin

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from edge.envoy.errors import ERRORS, GRPC_STATUS_HEADER, IS_GRPC
from edge.envoy.json_fields import forms_of, table_of
from edge.envoy.methods import API_PREFIXES, methods_of, read_descriptors

HERE = Path(__file__).parent
DESCRIPTORS = HERE.parents[1] / "gen/parley.binpb"
# What every answer of the API says, unless the service says otherwise.
API_HEADERS = (("x-content-type-options", "nosniff"), ("cache-control", "no-store"))
# What every answer says, unless it says otherwise as pages do: it is no page.
SAFE_HEADERS = (
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """What differs between environments. Addresses are `host:port`."""

    # Where the parts are.
    auth: tuple[str, ...]
    chat: tuple[str, ...]
    llm: tuple[str, ...]
    web: str
    otlp: str | None = None  # an OpenTelemetry collector (gRPC)

    # Where the edge is.
    host: str = "127.0.0.1"
    port: int = 8080
    admin_host: str = "127.0.0.1"
    admin_port: int = 9901
    metrics_host: str = "127.0.0.1"
    metrics_port: int = 0  # where Prometheus may ask, and for nothing else; 0: nowhere
    tls_certificate: str | None = None
    tls_key: str | None = None
    trusted_hops: int = 0  # proxies before this one whose x-forwarded-for is true
    origins: tuple[str, ...] = ()  # other sites whose scripts may call the API
    log: str | None = None  # a file; else the access log goes to stdout

    # Whom it lets in.
    issuer: str = "parley"
    audience: str = "parley"
    descriptors: Path = DESCRIPTORS

    # How often it asks again what is safe to ask again; 0 in a mesh, whose sidecars do.
    retries: int = 2

    # How much it takes.
    # A part of a file, 512 KiB, as JSON writes it.
    max_request_bytes: int = 768 * 1024
    # A recording, 900 KiB, as JSON writes it; only for `LARGE` in methods.py.
    max_large_request_bytes: int = 1280 * 1024
    max_response_bytes: int = 16 * 1024 * 1024
    max_connections: int = 10_000
    max_live_streams: int = 20_000  # of each part
    max_heap_bytes: int = 1024 * 1024 * 1024
    unary_seconds: int = 20
    large_seconds: int = 120  # to write a recording down
    silent_seconds: int = 60  # a stream without so much as a heartbeat
    stream_seconds: int = 1_800
    requests_per_second: int = 5_000
    requests_per_second_per_address: int = 2_000

    @property
    def listen(self) -> str:
        """Where clients call."""
        return f"{self.host}:{self.port}"

    @property
    def admin(self) -> str:
        """Where operators look."""
        return f"{self.admin_host}:{self.admin_port}"

    @property
    def metrics(self) -> str:
        """Where Prometheus asks."""
        return f"{self.metrics_host}:{self.metrics_port}"

    @property
    def keys(self) -> str:
        """A socket for this Envoy alone: on Linux, one without a file."""
        return self._socket("keys")

    @property
    def exchange(self) -> str:
        """Another, over which API keys are exchanged."""
        return self._socket("exchange")

    def _socket(self, use: str) -> str:
        name = f"parley-edge-{use}-{self.port}"
        return f"@{name}" if sys.platform == "linux" else f"{gettempdir()}/{name}"


def render(edge: Edge) -> str:
    """Write the configuration."""
    descriptors = read_descriptors(edge.descriptors)
    methods = methods_of(descriptors)
    paths = [binding.template for method in methods for binding in method.bindings]
    environment = Environment(
        loader=FileSystemLoader(HERE),
        undefined=StrictUndefined,
        autoescape=select_autoescape(),
        keep_trailing_newline=True,
    )
    environment.filters |= {
        "address": address,
        "bucket": bucket,
        "discovery": discovery,
        "headers_if_absent": headers_if_absent,
        "literal": literal,
        "quoted": json.dumps,
    }
    return environment.get_template("envoy.yaml.j2").render(
        edge=edge,
        errors=ERRORS,
        grpc_status_header=GRPC_STATUS_HEADER,
        is_grpc=IS_GRPC,
        methods=methods,
        services=sorted({method.service for method in methods}),
        parts=[("auth", edge.auth), ("chat", edge.chat), ("llm", edge.llm)],
        api_headers=list(API_HEADERS),
        api_prefixes=API_PREFIXES,
        safe_headers=SAFE_HEADERS,
        large_paths=[
            binding.template
            for method in methods
            if method.is_large
            for binding in method.bindings
        ],
        rest_matches=[
            *({"prefix": prefix} for prefix in API_PREFIXES),
            *({"path": path} for path in paths if not path.startswith(API_PREFIXES)),
        ],
        json_fields=table_of(methods, descriptors),
        oauth_forms=forms_of(methods, descriptors),
        oauth_forms_lua=(HERE / "oauth_forms.lua").read_text(),
        json_fields_lua=(HERE / "json_fields.lua").read_text(),
    )


def address(target: str) -> str:
    """Write where something listens: `host:port`, or the name of a Unix socket."""
    if is_socket(target):
        return json.dumps({"pipe": {"path": target}})
    host, _, port = target.rpartition(":")
    host = host.strip("[]")
    return json.dumps({"socket_address": {"address": host, "port_value": int(port)}})


def discovery(targets: Sequence[str]) -> str:
    """Resolve names as DNS says; take addresses as they are."""
    try:
        for target in targets:
            if not is_socket(target):
                ip_address(target.rpartition(":")[0].strip("[]"))
    except ValueError:
        return "STRICT_DNS"
    return "STATIC"


def is_socket(target: str) -> bool:
    """Say whether an address is a Unix socket's; `@` begins one without a file."""
    return target.startswith(("@", "/"))


def bucket(per_second: int) -> str:
    """Let so many through in a second, and twice as many at once."""
    # So often a second, in whole milliseconds: Envoy takes no parts of one.
    fills = max(n for n in (1, 2, 5, 10) if per_second % n == 0)
    return json.dumps(
        {
            "max_tokens": 2 * per_second,
            "tokens_per_fill": per_second // fills,
            "fill_interval": f"{1 / fills}s",
        }
    )


def literal(text: str) -> str:
    """Write a string in which Envoy shall find no `%COMMAND%`."""
    return json.dumps(text.replace("%", "%%"))


def headers_if_absent(headers: Sequence[tuple[str, str]]) -> str:
    """Add headers to what a service answers without them."""
    return json.dumps(
        [
            {"header": {"key": key, "value": value}, "append_action": "ADD_IF_ABSENT"}
            for key, value in headers
        ]
    )


def read_flags(arguments: Sequence[str]) -> Edge:
    """Read an `Edge` from the command line, or from a file of flags named `@file`."""
    parser = argparse.ArgumentParser(
        prog="python -m edge.envoy.render",
        description="Print Envoy's configuration. `@file` reads flags from a file.",
        fromfile_prefix_chars="@",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.convert_arg_line_to_args = words  # type: ignore[method-assign]
    for field in fields(Edge):
        add_flag(parser, field)
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(parser.parse_args(arguments)).items()
    }
    return Edge(**values)


def words(arg_line: str) -> list[str]:
    """Read one line of a file of flags; `#` begins a comment."""
    return arg_line.partition("#")[0].split()


def add_flag(parser: argparse.ArgumentParser, field: Field[Any]) -> None:
    """Offer one field as a flag; one of several values is given several times."""
    name = "--" + field.name.replace("_", "-")
    required = field.default is MISSING
    default = None if required else field.default
    if get_origin(field.type) is tuple:
        parser.add_argument(name, nargs="+", required=required, default=default or ())
    else:
        kind = next((kind for kind in (int, Path) if field.type is kind), str)
        parser.add_argument(name, type=kind, required=required, default=default)


if __name__ == "__main__":
    sys.stdout.write(render(read_flags(sys.argv[1:])))
