"""Faults are put in only where somebody wants to see them."""

from collections.abc import Iterator

from tools.mesh_check.mesh import Mesh
from tools.mesh_check.report import Report
from tools.mesh_check.resource import Finding
from tools.mesh_check.routes import routes

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
    elif not found:
        yield report.missing(f"{mesh.name} has no fault", "one, or no such component")
