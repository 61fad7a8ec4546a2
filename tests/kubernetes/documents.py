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


def pages() -> list[Path]:
    """Name every page."""
    return sorted(OPERATIONS.rglob("*.md"))


def metrics() -> Iterator[str]:
    """Name every metric that a page, an alert or an autoscaler speaks of."""
    for file in (*pages(), *sorted(MONITORING.glob("*.yaml"))):
        for name in METRIC.findall(file.read_text()):
            if name not in LABELS and not name.endswith("_"):
                yield name
