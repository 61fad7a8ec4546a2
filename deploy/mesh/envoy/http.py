"""Envoy's HTTP connection manager, as Istio sets it up for sidecars."""

from collections.abc import Sequence
from typing import Any

from deploy.mesh.envoy import faults
from deploy.mesh.envoy.typed import Config, http_filter, typed
from deploy.mesh.kinds.config import MeshConfig

OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
# What becomes of a path before a policy sees it; DEFAULT is BASE.
BASE: Config = {"normalize_path": True}
MERGED: Config = {**BASE, "merge_slashes": True}
DECODED: Config = {
    **MERGED,
    "path_with_escaped_slashes_action": "UNESCAPE_AND_FORWARD",
}
PATHS = {
    "NONE": {"normalize_path": False},
    "BASE": BASE,
    "DEFAULT": BASE,
    "MERGE_SLASHES": MERGED,
    "DECODE_AND_MERGE_SLASHES": DECODED,
}


def connection_manager(
    name: str, config: MeshConfig, filters: Sequence[Config], **fields: Any
) -> Config:
    """
    Write a connection manager that ends no stream for being silent.

    networking/core/listener_builder.go: buildHTTPConnectionManager.
    """
    told = {
        "stat_prefix": name,
        "codec_type": "AUTO",
        "server_name": "istio-envoy",
        "use_remote_address": False,
        "stream_idle_timeout": "0s",
        "http2_protocol_options": {},
        "http_filters": [*filters, faults.FILTER, http_filter("router", "Router")],
        **PATHS[config.path_normalization.normalization],
        **fields,
    }
    return typed(
        "envoy.filters.network.http_connection_manager",
        "extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
        **told,
    )


def http2_options() -> Config:
    """Speak HTTP/2 to what a cluster names."""
    return http_options(explicit_http_config={"http2_protocol_options": {}})


def http_options(**options: Any) -> Config:
    """Say how a cluster is spoken to."""
    return {OPTIONS: {"@type": f"type.googleapis.com/{OPTIONS}", **options}}
