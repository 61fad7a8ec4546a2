"""What people who run Parley are told."""

import re
from collections.abc import Iterator
from pathlib import Path

from tools.kubernetes.manifests import FOLDER, ROOT

OPERATIONS = ROOT / "docs/operations"
MONITORING = FOLDER / "components/monitoring"
METRIC = re.compile(
    r"\b(?:grpc_server|llm|gen_ai|janitor|chat|envoy|process)_[a-z0-9_]+\b(?!\()"
)
# Labels, not metrics.
LABELS = frozenset(
    {
        "envoy_cluster_name",
        "envoy_http_conn_manager_prefix",
        "gen_ai_request_model",
    }
)


# Who has the metrics that begin so, by the monitor that has Prometheus ask them.
OWNERS = {
    "istio": "parley-sidecars",
    "pilot": "parley-istiod",
    "citadel": "parley-istiod",
    "cnpg": "parley-postgres",
    "barman": "parley-postgres",
    "redis": "parley-redis",
}


def told_of(prefix: str) -> bool:
    """Tell whether a page or an alert speaks of a metric that begins so."""
    name = re.compile(rf"\b{prefix}_[a-z0-9_]+\b[{{(`\s]")
    return any(
        name.search(file.read_text()) for file in (*pages(), *MONITORING.glob("*.yaml"))
    )


def pages() -> list[Path]:
    """Name every page."""
    return sorted(OPERATIONS.rglob("*.md"))


def metrics() -> Iterator[str]:
    """Name every metric that a page, an alert or an autoscaler speaks of."""
    for file in (*pages(), *sorted(MONITORING.glob("*.yaml"))):
        for name in METRIC.findall(file.read_text()):
            if name not in LABELS and not name.endswith("_"):
                yield name
