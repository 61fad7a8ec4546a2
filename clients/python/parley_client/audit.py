"""The audit log of Parley, for who may read it."""

from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from contextlib import aclosing
from datetime import datetime

from parley.auth.v1 import audit_service_pb2 as pb
from parley.auth.v1.audit_service_pb2 import (
    AuditEvent,
    ExportAuditEventsResponse,
    VerifyAuditLogResponse,
)
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.patience import Patience
from parley_client.session import Session
from parley_client.streams import responses
from parley_client.stubs import Stubs
from parley_client.times import timestamp

OUTCOMES = {
    "": pb.AUDIT_OUTCOME_UNSPECIFIED,
    "success": pb.AUDIT_OUTCOME_SUCCESS,
    "failure": pb.AUDIT_OUTCOME_FAILURE,
    "denied": pb.AUDIT_OUTCOME_DENIED,
}


class Audit:
    """What happened to accounts."""

    def __init__(self, stubs: Stubs, session: Session, patience: Patience) -> None:
        self._stubs = stubs.audit
        self._session = session
        self._patience = patience

    def events(
        self,
        *,
        user: str = "",
        action: str = "",
        outcome: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[AuditEvent]:
        """List events, the newest first."""

        async def page(token: str) -> tuple[Iterable[AuditEvent], str]:
            request = pb.ListAuditEventsRequest(
                user=name_of(user, "users") if user else "",
                action=action,
                outcome=OUTCOMES[outcome],
                start_time=timestamp(start),
                end_time=timestamp(end),
                page_token=token,
            )
            answer = await self._stubs.ListAuditEvents(request)
            return answer.audit_events, answer.next_page_token

        return every(page)

    def mine(
        self,
        *,
        action: str = "",
        outcome: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
    ) -> AsyncIterator[AuditEvent]:
        """List the events about who is signed in, the newest first."""

        async def page(token: str) -> tuple[Iterable[AuditEvent], str]:
            request = pb.ListUserAuditEventsRequest(
                parent=self._session.user,
                action=action,
                outcome=OUTCOMES[outcome],
                start_time=timestamp(start),
                end_time=timestamp(end),
                page_token=token,
            )
            answer = await self._stubs.ListUserAuditEvents(request)
            return answer.audit_events, answer.next_page_token

        return every(page)

    async def export(
        self, *, after: int = 0
    ) -> AsyncGenerator[ExportAuditEventsResponse]:
        """Yield the log after an index; it is whole if the last one is a head."""
        request = pb.ExportAuditEventsRequest(after_index=after)
        stream = responses(
            self._stubs.ExportAuditEvents(request), silence=self._patience.silence
        )
        async with aclosing(stream):
            async for response in stream:
                yield response

    async def verify(
        self, *, expected: str = ""
    ) -> AsyncGenerator[VerifyAuditLogResponse]:
        """Have the log verified; yield how far that is, and last what came out."""
        request = pb.VerifyAuditLogRequest(expected=expected)
        stream = responses(
            self._stubs.VerifyAuditLog(request), silence=self._patience.silence
        )
        async with aclosing(stream):
            async for response in stream:
                yield response
