"""The Services of the cluster say of each port what is spoken there."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tools.mesh_check.folder import LOADER, ROOT, Folder
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.system import METRICS_PORT, PARTS, SERVICES

KUBERNETES = ROOT / "deploy/kubernetes/base"
# `http` would be HTTP/1.1, in which there is no gRPC; the edge speaks both on one port.
SPOKEN = {
    **dict.fromkeys(SERVICES, frozenset({"grpc"})),
    "edge": frozenset({"http2", "kubernetes.io/h2c"}),
    "web": frozenset({"http"}),
}
report = Report(
    __name__,
    breaks="Istio takes the port for TCP or HTTP/1.1: no policy sees a method, and "
    "gRPC loses its trailers",
)


def check_files(folder: Folder, rules: frozenset[str]) -> Iterator[Finding]:
    """Compare them with the hosts that the policies are about."""
    for file, service in services(KUBERNETES):
        name = service["metadata"]["name"]
        if name not in PARTS:
            continue
        ports = {port["port"]: port for port in service["spec"]["ports"]}
        where = file.relative_to(ROOT).as_posix()
        if set(ports) - PARTS[name].ports or PARTS[name].ports - set(ports):
            yield report.file(
                where,
                f"{name} has the ports {sorted(ports)}",
                f"{sorted(PARTS[name].ports)}",
            )
        if service["spec"].get("clusterIP") == "None":
            yield report.file(
                where, f"{name} is headless", "an address: Istio balances"
            )
        for number, port in ports.items():
            spoken = port.get("appProtocol") or port.get("name", "").partition("-")[0]
            if number != METRICS_PORT and spoken not in SPOKEN[name]:
                yield report.file(
                    where,
                    f"port {number} of {name} speaks {spoken or 'what nobody says'}",
                    f"`appProtocol: {min(SPOKEN[name])}`",
                )


@cache
def services(root: Path) -> list[tuple[Path, Any]]:
    """Read the Services that are there, once; where there is no cluster yet, none."""
    return [
        (file, document)
        for file in sorted(root.rglob("*.yaml"))
        for document in yaml.load_all(file.read_text(), LOADER)
        if isinstance(document, dict) and document.get("kind") == "Service"
    ]
