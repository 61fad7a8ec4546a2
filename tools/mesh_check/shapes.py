"""
What a resource may say, by its kind: fields that a rule knows what to think of.

A shape is `ANY` (whatever stands there), a mapping of fields (a key may be a pattern),
or a list of one shape, which every item has.
"""

from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from tools.mesh_check.resource import NAME_LABEL
from tools.mesh_check.system import EGRESS, INGRESS, NAMESPACE

ANY = ...
Shape = Any
NAMES: Shape = {"name": ANY, "namespace": ANY, "labels": {"app.kubernetes.io/*": ANY}}
PODS: Shape = {"matchLabels": {NAME_LABEL: ANY}}
TARGETS: Shape = [{"group": ANY, "kind": ANY, "name": ANY}]
PORT: Shape = {"number": ANY}
PERCENT: Shape = {"value": ANY}
PROVIDERS: Shape = [{"name": ANY}]
DESTINATION: Shape = {"host": ANY, "subset": ANY, "port": PORT}
POOL: Shape = {
    "tcp": {
        "maxConnections": ANY,
        "connectTimeout": ANY,
        "tcpKeepalive": {"time": ANY, "interval": ANY, "probes": ANY},
    },
    "http": {
        "http2MaxRequests": ANY,
        "http1MaxPendingRequests": ANY,
        "idleTimeout": ANY,
        "maxConcurrentStreams": ANY,
        "h2UpgradePolicy": ANY,
    },
}
TLS: Shape = {"mode": ANY, "sni": ANY, "subjectAltNames": ANY}
SPECS: Mapping[str, Shape] = {
    "security.istio.io/PeerAuthentication": {"mtls": {"mode": ANY}},
    "security.istio.io/RequestAuthentication": {
        "selector": PODS,
        "targetRefs": TARGETS,
        "jwtRules": [
            {
                "issuer": ANY,
                "audiences": ANY,
                "jwksUri": ANY,
                "jwks": ANY,
                "fromHeaders": [{"name": ANY, "prefix": ANY}],
                "forwardOriginalToken": ANY,
            }
        ],
    },
    "security.istio.io/AuthorizationPolicy": {
        "selector": PODS,
        "targetRefs": TARGETS,
        "action": ANY,
        "rules": [
            {
                "from": [{"source": {"principals": ANY, "requestPrincipals": ANY}}],
                "to": [
                    {
                        "operation": {
                            "paths": ANY,
                            "methods": ANY,
                            "ports": ANY,
                            "hosts": ANY,
                        }
                    }
                ],
            }
        ],
    },
    "networking.istio.io/VirtualService": {
        "hosts": ANY,
        "http": [
            {
                "name": ANY,
                "match": [
                    {
                        "name": ANY,
                        "uri": {"exact": ANY, "prefix": ANY, "regex": ANY},
                        "headers": {"x-*": {"exact": ANY}},
                    }
                ],
                "timeout": ANY,
                "retries": {
                    "attempts": ANY,
                    "retryOn": ANY,
                    "backoff": ANY,
                    "retryRemoteLocalities": ANY,
                },
                "route": [{"destination": DESTINATION, "weight": ANY}],
                "mirrors": [{"destination": DESTINATION, "percentage": PERCENT}],
                "fault": {
                    "abort": {"grpcStatus": ANY, "percentage": PERCENT},
                    "delay": {"fixedDelay": ANY, "percentage": PERCENT},
                },
            }
        ],
    },
    "networking.istio.io/DestinationRule": {
        "host": ANY,
        "exportTo": ANY,
        "subsets": [
            {"name": ANY, "labels": {"track": ANY, "app.kubernetes.io/version": ANY}}
        ],
        "trafficPolicy": {
            "tls": TLS,
            "loadBalancer": {
                "simple": ANY,
                "localityLbSetting": {"enabled": ANY, "failoverPriority": ANY},
            },
            "connectionPool": POOL,
            "retryBudget": {"percent": ANY, "minRetryConcurrency": ANY},
            "outlierDetection": {
                "splitExternalLocalOriginErrors": ANY,
                "consecutiveLocalOriginFailures": ANY,
                "consecutiveGatewayErrors": ANY,
                "consecutive5xxErrors": ANY,
                "interval": ANY,
                "baseEjectionTime": ANY,
                "maxEjectionPercent": ANY,
                "minHealthPercent": ANY,
            },
            "portLevelSettings": [{"port": PORT, "tls": TLS, "connectionPool": POOL}],
        },
    },
    "networking.istio.io/Sidecar": {
        "workloadSelector": {"labels": {NAME_LABEL: ANY}},
        "outboundTrafficPolicy": {"mode": ANY},
        "egress": [
            {"port": {"number": ANY, "protocol": ANY, "name": ANY}, "hosts": ANY}
        ],
    },
    "networking.istio.io/ServiceEntry": {
        "hosts": ANY,
        "location": ANY,
        "resolution": ANY,
        "exportTo": ANY,
        "ports": [{"number": ANY, "name": ANY, "protocol": ANY}],
    },
    "telemetry.istio.io/Telemetry": {
        "selector": PODS,
        "targetRefs": TARGETS,
        "accessLogging": [{"providers": PROVIDERS}],
        "tracing": [{"providers": PROVIDERS, "randomSamplingPercentage": ANY}],
        "metrics": [
            {
                "providers": PROVIDERS,
                "overrides": [
                    {"match": {"metric": ANY, "mode": ANY}, "tagOverrides": ANY}
                ],
            }
        ],
    },
    "gateway.networking.k8s.io/Gateway": {
        "gatewayClassName": ANY,
        "infrastructure": {
            "annotations": {"proxy.istio.io/config": ANY},
            "parametersRef": {"group": ANY, "kind": ANY, "name": ANY},
        },
        "listeners": [
            {
                "name": ANY,
                "hostname": ANY,
                "port": ANY,
                "protocol": ANY,
                "tls": {"mode": ANY, "certificateRefs": PROVIDERS, "options": ANY},
                "allowedRoutes": {
                    "namespaces": {"from": ANY, "selector": {"matchLabels": ANY}}
                },
            }
        ],
    },
    "gateway.networking.k8s.io/HTTPRoute": {
        "hostnames": ANY,
        "parentRefs": [
            {
                **dict.fromkeys(("group", "kind", "name", "namespace"), ANY),
                **dict.fromkeys(("sectionName", "port"), ANY),
            }
        ],
        "rules": [
            {
                "name": ANY,
                "matches": [
                    {
                        "method": ANY,
                        "headers": [dict.fromkeys(("type", "name", "value"), ANY)],
                    }
                ],
                "filters": [
                    {
                        "type": ANY,
                        "requestRedirect": {"scheme": ANY, "statusCode": ANY},
                    }
                ],
                "backendRefs": [dict.fromkeys(("group", "kind", "name", "port"), ANY)],
            }
        ],
    },
}
GATEWAY_NAMES: Shape = {
    **NAMES,
    "labels": {**NAMES["labels"], "istio.io/waypoint-for": ANY},
    "annotations": {
        "gateway.istio.io/service-account": ANY,
        "networking.istio.io/service-type": ANY,
    },
}
# What `mesh/values.yaml` may say.
VALUES_SHAPE: Shape = {
    "meshConfig": {
        "trustDomain": ANY,
        "defaultHttpRetryPolicy": {"attempts": ANY},
        "defaultInboundHttpRetryPolicy": {"attempts": ANY},
        "outboundTrafficPolicy": {"mode": ANY},
        "pathNormalization": {"normalization": ANY},
        "enableAutoMtls": ANY,
        "meshMTLS": {"minProtocolVersion": ANY},
        "accessLogFile": ANY,
        "extensionProviders": [
            {
                "name": ANY,
                "opentelemetry": {"service": ANY, "port": ANY, "maxTagLength": ANY},
                "envoyFileAccessLog": {
                    "path": ANY,
                    "omitEmptyValues": ANY,
                    "logFormat": {"labels": ANY},
                },
            }
        ],
        "defaultConfig": {
            "holdApplicationUntilProxyStarts": ANY,
            "drainDuration": ANY,
            "proxyMetadata": {"EXIT_ON_ZERO_ACTIVE_CONNECTIONS": ANY},
        },
    },
    "pilot": {"env": {"PILOT_JWT_ENABLE_REMOTE_JWKS": ANY}},
}
# What belongs to whom, so that nobody speaks for a namespace that they do not see.
BORDERS = frozenset({INGRESS, EGRESS})
EVERYWHERE = BORDERS | {NAMESPACE}
NAMESPACES: Mapping[str, frozenset[str]] = {
    "security.istio.io/PeerAuthentication": frozenset({NAMESPACE}),
    "security.istio.io/RequestAuthentication": frozenset({NAMESPACE}),
    "security.istio.io/AuthorizationPolicy": frozenset({NAMESPACE, EGRESS}),
    "networking.istio.io/VirtualService": frozenset({NAMESPACE}),
    "networking.istio.io/DestinationRule": frozenset({NAMESPACE, EGRESS}),
    "networking.istio.io/Sidecar": frozenset({NAMESPACE}),
    "networking.istio.io/ServiceEntry": frozenset({EGRESS}),
    "telemetry.istio.io/Telemetry": EVERYWHERE,
    "gateway.networking.k8s.io/Gateway": EVERYWHERE,
    "gateway.networking.k8s.io/HTTPRoute": EVERYWHERE,
}


def shape_of(kind: str) -> Shape:
    """Say all that a resource of a kind may hold."""
    names = GATEWAY_NAMES if kind.endswith("/Gateway") else NAMES
    return {"apiVersion": ANY, "kind": ANY, "metadata": names, "spec": SPECS[kind]}


def unknown(shape: Shape, value: Any, path: str = "") -> Iterator[str]:
    """List where a value says what its shape does not know."""
    if shape is ANY or value is None:
        return
    if isinstance(shape, list):
        for number, item in enumerate(value if isinstance(value, list) else []):
            yield from unknown(shape[0], item, f"{path}[{number}]")
        return
    for key, below in value.items() if isinstance(value, dict) else []:
        where = f"{path}.{key}".lstrip(".")
        pattern = key if key in shape else next(matching(shape, key), None)
        if pattern is None:
            yield where
        else:
            yield from unknown(shape[pattern], below, where)


def matching(shape: Mapping[str, Shape], key: str) -> Iterator[str]:
    """List the patterns that a key fits."""
    return (pattern for pattern in shape if fnmatchcase(key, pattern))
