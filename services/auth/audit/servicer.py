"""The gRPC surface of the audit log: request in, domain call, response out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any

from parley.auth.v1 import audit_service_pb2 as pb
from parley.auth.v1 import audit_service_pb2_grpc as pb_grpc
from services.auth.audit.exporting import export
from services.auth.audit.model import Filter, Head, Record
from services.auth.audit.ports import Records
from services.auth.audit.signing import AuditKeys
from services.auth.audit.verifying import Verification
from services.auth.audit.wire import (
    to_audit_event,
    to_expected,
    to_filter,
    to_head,
    to_key,
    to_mark,
    to_record,
    to_step,
)
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page, number

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class AuditServicer(pb_grpc.AuditServiceServicer):
    """Serves `parley.auth.v1.AuditService`."""

    def __init__(self, records: Records, keys: AuditKeys) -> None:
        self._records = records
        self._keys = keys

    async def ListAuditEvents(
        self, request: pb.ListAuditEventsRequest, context: Context
    ) -> pb.ListAuditEventsResponse:
        user_id = parse_name(request.user, "users")[0] if request.user else None
        page = Page.of(request, number)
        found = await self._found(page, to_filter(request, user_id))
        return pb.ListAuditEventsResponse(
            audit_events=[to_audit_event(it) for it in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.index,)),
        )

    async def ListUserAuditEvents(
        self, request: pb.ListUserAuditEventsRequest, context: Context
    ) -> pb.ListUserAuditEventsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, number)
        found = await self._found(page, to_filter(request, user_id))
        return pb.ListUserAuditEventsResponse(
            audit_events=[to_audit_event(it, user_id) for it in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.index,)),
        )

    async def ExportAuditEvents(
        self, request: pb.ExportAuditEventsRequest, context: Context
    ) -> AsyncIterator[pb.ExportAuditEventsResponse]:
        async with aclosing(export(self._records, request.after_index)) as parts:
            async for part in parts:
                match part:
                    case Record():
                        yield pb.ExportAuditEventsResponse(record=to_record(part))
                    case Head():
                        yield pb.ExportAuditEventsResponse(head=to_head(part))
                    case base:
                        begin = pb.ExportAuditEventsResponse.Begin(
                            base=to_mark(base), keys=map(to_key, self._keys.published)
                        )
                        yield pb.ExportAuditEventsResponse(begin=begin)

    async def VerifyAuditLog(
        self, request: pb.VerifyAuditLogRequest, context: Context
    ) -> AsyncIterator[pb.VerifyAuditLogResponse]:
        expected = to_expected(request.expected)
        verification = Verification(self._records, self._keys)
        async with aclosing(verification.run(expected)) as steps:
            async for step in steps:
                yield to_step(step)

    async def _found(self, page: Page, wanted: Filter) -> Sequence[Record]:
        before = page.after[0] if page.after else None
        return await self._records.before(before, page.size + 1, wanted)
