"""What is true of the whole mesh: the values of the chart `istiod`, its MeshConfig."""

from datetime import timedelta
from typing import Literal

from pydantic import Field

from deploy.mesh.kinds.base import Duration, Part
from deploy.mesh.kinds.routes import Retries


class PathNormalization(Part):
    """What becomes of a path before a policy sees it."""

    normalization: Literal[
        "DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"
    ] = "DEFAULT"


class OutboundTrafficPolicy(Part):
    """Whether a workload may reach who is not in the registry."""

    mode: Literal["ALLOW_ANY", "REGISTRY_ONLY"] = "ALLOW_ANY"


class MeshMtls(Part):
    """The oldest TLS that sidecars take."""

    min_protocol_version: Literal["TLS_AUTO", "TLSV1_2", "TLSV1_3"] = "TLS_AUTO"


class ProxyMetadata(Part):
    """How a pod's proxy ends, which the bench has no pods for: read, and left alone."""

    exit_on_zero_active_connections: Literal["true", "false"] = Field(
        default="false", alias="EXIT_ON_ZERO_ACTIVE_CONNECTIONS"
    )
    minimum_drain_duration: Duration | None = Field(
        default=None, alias="MINIMUM_DRAIN_DURATION"
    )


class ProxyConfig(Part):
    """How each sidecar runs."""

    # How long connections live on whose listener was replaced.
    drain_duration: Duration = timedelta(seconds=45)
    # How a pod starts, which the bench has none of: read, and left alone.
    hold_application_until_proxy_starts: bool = False
    proxy_metadata: ProxyMetadata = ProxyMetadata()


class OpenTelemetry(Part):
    """A collector of traces, of which the bench has none: read, and left alone."""

    service: str
    port: int
    max_tag_length: int = 0


class LogFormat(Part):
    """The fields of a line, as Envoy's format strings."""

    labels: dict[str, str]


class FileAccessLog(Part):
    """A log of calls, one line of JSON each."""

    path: Literal["/dev/stdout"] = "/dev/stdout"
    omit_empty_values: bool = False
    log_format: LogFormat


class ExtensionProvider(Part):
    """Who may be told of calls."""

    name: str
    opentelemetry: OpenTelemetry | None = None
    envoy_file_access_log: FileAccessLog | None = None


class MeshConfig(Part):
    """The fields of MeshConfig that the bench follows."""

    # A name of the cluster, which the bench has too.
    trust_domain: Literal["cluster.local"] = "cluster.local"
    enable_auto_mtls: Literal[True] = True
    default_http_retry_policy: Retries | None = None
    default_inbound_http_retry_policy: Retries | None = None
    outbound_traffic_policy: OutboundTrafficPolicy = OutboundTrafficPolicy()
    path_normalization: PathNormalization = PathNormalization()
    mesh_mtls: MeshMtls = Field(default=MeshMtls(), alias="meshMTLS")
    default_config: ProxyConfig = ProxyConfig()
    # Only what a Telemetry names is logged.
    access_log_file: Literal[""] = ""
    extension_providers: list[ExtensionProvider] = []


class PilotEnv(Part):
    """What istiod is told."""

    jwks: Literal["envoy", "true", "istiod", "false", "hybrid"] = Field(
        default="false", alias="PILOT_JWT_ENABLE_REMOTE_JWKS"
    )

    @property
    def fetching(self) -> bool:
        """Whether sidecars fetch the keys of tokens, not istiod."""
        return self.jwks in ("envoy", "true")


class Pilot(Part):
    """How istiod is run."""

    env: PilotEnv = PilotEnv()


class Values(Part):
    """The file of values."""

    mesh_config: MeshConfig = MeshConfig()
    pilot: Pilot = Pilot()
