"""Mutual TLS between sidecars, with certificates that come over SDS."""

from collections.abc import Sequence

from deploy.mesh.envoy.typed import Config, typed

# The names that Istio's agent serves (pkg/model/xds.go), and its cluster.
CERTIFICATE = "default"
ROOTS = "ROOTCA"
SDS_CLUSTER = "sds-grpc"
# security/authn/utils/utils.go: SupportedCiphers.
CIPHERS = [
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-GCM-SHA256",
]

# utils.go: GetMinTLSVersion.
OLDEST = {"TLS_AUTO": "TLSv1_2", "TLSV1_2": "TLSv1_2", "TLSV1_3": "TLSv1_3"}


def secret(name: str) -> Config:
    """Name a secret that the agent gives (ConstructSdsSecretConfig)."""
    service = {"envoy_grpc": {"cluster_name": SDS_CLUSTER}}
    source: Config = {
        "api_type": "GRPC",
        "transport_api_version": "V3",
        "set_node_on_first_message_only": True,
        "grpc_services": [service],
    }
    config = {
        "api_config_source": source,
        "resource_api_version": "V3",
        # Wait for it, as Istio does: no connection is made without a certificate.
        "initial_fetch_timeout": "0s",
    }
    return {"name": name, "sds_config": config}


def roots(names: Sequence[str] = ()) -> Config:
    """Trust the mesh's own authority; and of its certificates, these names alone."""
    matched = [{"san_type": "URI", "matcher": {"exact": name}} for name in names]
    return {
        "combined_validation_context": {
            "default_validation_context": {"match_typed_subject_alt_names": matched},
            "validation_context_sds_secret_config": secret(ROOTS),
        }
    }


def inbound(oldest: str) -> Config:
    """Ask callers for a certificate (authn/utils/utils.go: BuildInboundTLS)."""
    common = {
        "tls_certificate_sds_secret_configs": [secret(CERTIFICATE)],
        **roots(),
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_params": {
            "cipher_suites": CIPHERS,
            "tls_minimum_protocol_version": OLDEST[oldest],
            "tls_maximum_protocol_version": "TLSv1_3",
        },
    }
    return typed(
        "envoy.transport_sockets.tls",
        "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context=common,
        require_client_certificate=True,
    )


def public(name: str) -> Config:
    """End TLS for whoever comes from outside, with a certificate of a secret."""
    common = {
        "tls_certificate_sds_secret_configs": [secret(f"kubernetes://{name}")],
        "alpn_protocols": ["h2", "http/1.1"],
        "tls_params": {"tls_minimum_protocol_version": "TLSv1_2"},
    }
    return typed(
        "envoy.transport_sockets.tls",
        "extensions.transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context=common,
        require_client_certificate=False,
    )


def outbound(names: Sequence[str], sni: str, *, http2: bool) -> Config:
    """
    Call with a certificate, and only who has one of these names.

    networking/core/cluster_tls.go: buildUpstreamClusterTLSContext, ISTIO_MUTUAL.
    """
    common = {
        "tls_certificate_sds_secret_configs": [secret(CERTIFICATE)],
        **roots(names),
        "alpn_protocols": ["istio", "h2"] if http2 else ["istio"],
        # Envoy's own default for callers ends at 1.2 (defaultUpstreamCommonTLSContext).
        "tls_params": {
            "tls_minimum_protocol_version": "TLSv1_2",
            "tls_maximum_protocol_version": "TLSv1_3",
        },
    }
    return typed(
        "envoy.transport_sockets.tls",
        "extensions.transport_sockets.tls.v3.UpstreamTlsContext",
        common_tls_context=common,
        sni=sni,
    )
