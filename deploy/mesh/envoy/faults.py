"""Faults for game days (networking/core/route/route.go: TranslateFault)."""

from deploy.mesh.envoy.typed import PREFIX, Config, http_filter
from deploy.mesh.kinds.base import Percent, Refused, seconds
from deploy.mesh.kinds.routes import Abort, Fault

NAME = "envoy.filters.http.fault"
# It does nothing until a route says what.
FILTER = http_filter("fault", "HTTPFault")
# Numbered from 0 on, as gRPC does.
STATUSES = (
    *("OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED"),
    *("NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED"),
    *("FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL"),
    *("UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED"),
)


def per_route(fault: Fault | None) -> Config:
    """Write the faults of a route."""
    if not fault:
        return {}
    found: Config = {"@type": f"{PREFIX}extensions.filters.http.fault.v3.HTTPFault"}
    if fault.delay:
        found["delay"] = {
            "fixed_delay": seconds(fault.delay.fixed_delay),
            "percentage": fraction(fault.delay.percentage),
        }
    if fault.abort:
        found["abort"] = {
            "percentage": fraction(fault.abort.percentage),
            **answer(fault.abort),
        }
    return {NAME: found}


def answer(abort: Abort) -> Config:
    """Write the error that a request is answered with."""
    if abort.http_status is not None:
        return {"http_status": abort.http_status}
    if abort.grpc_status not in STATUSES:
        raise Refused(f"{abort.grpc_status!r} is no gRPC status")
    return {"grpc_status": STATUSES.index(abort.grpc_status)}


def fraction(share: Percent) -> Config:
    """Write a share (translatePercentToFractionalPercent)."""
    return {"numerator": int(share.value * 10_000), "denominator": "MILLION"}
