"""What there is in a mesh with Parley: hosts, ports, accounts, and who calls whom."""

from dataclasses import dataclass

NAMESPACE = "parley"
INGRESS, EGRESS = "istio-ingress", "istio-egress"
TRUST_DOMAIN = "cluster.local"
METRICS_PORT = 9464
JWKS_PATH = "/.well-known/jwks.json"
# What speaks gRPC, each the server of the package `parley.NAME.v1`.
SERVICES = ("auth", "chat", "llm")


@dataclass(frozen=True, slots=True)
class Host:
    """A name in the registry of services."""

    name: str
    namespace: str
    ports: frozenset[int]

    @property
    def full(self) -> str:
        """Its whole name."""
        return f"{self.name}.{self.namespace}.svc.cluster.local"

    @property
    def seen_as(self) -> str:
        """How a `Sidecar` names it."""
        return f"{self.namespace}/{self.full}"


def host(name: str, *ports: int, namespace: str = NAMESPACE) -> Host:
    """Describe one."""
    return Host(name, namespace, frozenset(ports))


PARTS = {
    "edge": host("edge", 8080, METRICS_PORT),
    "web": host("web", 3000),
    "auth": host("auth", 50051, METRICS_PORT),
    "chat": host("chat", 50052, METRICS_PORT),
    "llm": host("llm", 50053, METRICS_PORT),
}
POSTGRES = host("postgres-rw", 5432, namespace="parley-data")
# For those who have one between the services and PostgreSQL.
POOLER = host("postgres-pooler-rw", 5432, namespace="parley-data")
REDIS = host("redis-master", 6379, namespace="parley-data")
MILVUS = host("parley-milvus", 19530, namespace="parley-data")
COLLECTOR = host("otel-collector", 4317, namespace="observability")
# Gateways of the Gateway API get a Service named after them and their class.
INGRESS_GATEWAY = host("ingress-istio", 80, 443, namespace=INGRESS)
EGRESS_GATEWAY = host("egress-istio", 443, namespace=EGRESS)
HOSTS = {
    found.full: found
    for found in (
        *PARTS.values(),
        *(POSTGRES, POOLER, REDIS, MILVUS, COLLECTOR),
        *(INGRESS_GATEWAY, EGRESS_GATEWAY),
    )
}
# Whom each part calls. The edge is there for the keys of tokens, which sidecars fetch.
CALLS = {
    "edge": ("auth", "chat", "llm", "web"),
    "auth": ("chat", "llm", "edge"),
    "chat": ("auth", "llm", "edge"),
    "llm": ("auth", "chat", "edge"),
    "web": (),
}
STORES = {
    "auth": (POSTGRES, REDIS),
    "chat": (POSTGRES, REDIS),
    "llm": (POSTGRES, REDIS, MILVUS),
}
ACCOUNTS = {
    *((NAMESPACE, part) for part in (*PARTS, "waypoint")),
    (INGRESS, "ingress"),
    (EGRESS, "egress"),
    ("observability", "prometheus"),
}


def principal(account: str, namespace: str = NAMESPACE) -> str:
    """Write how a policy names an account."""
    return f"{TRUST_DOMAIN}/ns/{namespace}/sa/{account}"


PRINCIPALS = {principal(account, namespace) for namespace, account in ACCOUNTS}
