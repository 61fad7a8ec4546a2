"""Faults are put in only where somebody wants to see them."""

from collections.abc import Iterator, Mapping
from typing import Any

import grpc

from tools.mesh_check.durations import seconds
from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.routes import routes

LONGEST_SECONDS = 15
CODES = {code.name for code in grpc.StatusCode}
NOTHING = "a game day on which nothing goes wrong, or something else"
report = Report(__name__, breaks="people's calls fail on purpose, and nobody looks")


def check(mesh: Mesh) -> Iterator[Finding]:
    """Look for faults outside of game days, and for game days without one."""
    found = [route for route in routes(mesh) if "fault" in route.said]
    if not mesh.is_a_game_day:
        for route in found:
            yield report(
                route.resource,
                f"the route {route.name} has a fault",
                "it as a component under components/game-day/",
            )
        return
    if not found:
        yield report.missing(f"{mesh.name} has no fault", "one, or no such component")
    for route in found:
        for wrong, write in problems(route.said["fault"]):
            yield report(
                route.resource, f"{route.name}: {wrong}", write, breaks=NOTHING
            )


def problems(fault: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Look whether a fault does what it says."""
    for kind, said in fault.items():
        if not 0 < (said.get("percentage") or {}).get("value", 0) <= 100:
            yield f"the percentage of {kind} is {said.get('percentage')}", "1 to 100"
    delay, abort = fault.get("delay"), fault.get("abort")
    if not delay and not abort:
        yield "it does nothing", "`abort` or `delay`"
    if delay and not 0 < seconds(delay.get("fixedDelay", "0s")) <= LONGEST_SECONDS:
        yield f"it waits for {delay.get('fixedDelay')}", f"at most {LONGEST_SECONDS} s"
    if abort and abort.get("grpcStatus") not in CODES:
        yield f"it says {abort.get('grpcStatus')}", "`grpcStatus`, one that gRPC has"
