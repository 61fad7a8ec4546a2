"""How tests ask the audit service."""

from typing import Any

from parley.auth.v1 import audit_service_pb2 as pb
from parley.auth.v1.audit_service_pb2_grpc import AuditServiceStub
from tests.auth.browser import Browser

SUCCESS, FAILURE, DENIED = (
    pb.AUDIT_OUTCOME_SUCCESS,
    pb.AUDIT_OUTCOME_FAILURE,
    pb.AUDIT_OUTCOME_DENIED,
)


def call(browser: Browser, method: str, request: Any) -> Any:
    """Call the audit service."""
    return getattr(AuditServiceStub(browser.api.channel), method)(
        request, metadata=browser.metadata, timeout=30
    )


async def listed(browser: Browser, **wanted: Any) -> list[pb.AuditEvent]:
    """List events, the oldest first."""
    request = pb.ListAuditEventsRequest(**wanted)
    answer = await call(browser, "ListAuditEvents", request)
    return list(reversed(answer.audit_events))


async def mine(browser: Browser, **wanted: Any) -> list[pb.AuditEvent]:
    """List the events about who asks, the oldest first."""
    request = pb.ListUserAuditEventsRequest(parent=browser.user, **wanted)
    answer = await call(browser, "ListUserAuditEvents", request)
    return list(reversed(answer.audit_events))


def short(events: list[pb.AuditEvent]) -> list[tuple[str, int]]:
    """Say what happened, and how it ended."""
    return [(event.action, event.outcome) for event in events]
