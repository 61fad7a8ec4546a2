"""The chat service, over gRPC, asked for what users said."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC
from uuid import UUID

import grpc

from parley.chat.v1 import message_pb2, search_service_pb2
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from services.kit.delegation import Delegation
from services.kit.status import info_of
from services.llm.tools.model import CallFailed
from services.llm.tools.ports import Said

log = logging.getLogger(__name__)

SECONDS = 5.0
ROLES = {message_pb2.ROLE_USER: "user", message_pb2.ROLE_ASSISTANT: "assistant"}
REFUSALS = {
    "INVALID_FIELD": "The query has to have 1 to 20 words, and at most 200 characters.",
    "RATE_LIMITED": "The conversations were searched too often. Go on without it.",
}
AWAY = "The conversations cannot be searched now."


class ChatConversations:
    """Searches on behalf of a user, who need not be there."""

    def __init__(self, channel: grpc.aio.Channel, delegation: Delegation) -> None:
        self._stub: pb_grpc.SearchServiceAsyncStub = pb_grpc.SearchServiceStub(channel)
        self._delegation = delegation

    async def search(self, user_id: UUID, query: str, *, limit: int) -> Sequence[Said]:
        """Find messages of a user."""
        request = search_service_pb2.SearchMessagesRequest(
            parent=f"users/{user_id}", query=query, page_size=limit
        )
        token = self._delegation.token(user_id)
        try:
            response = await self._stub.SearchMessages(
                request,
                metadata=(("authorization", f"Bearer {token}"),),
                timeout=SECONDS,
            )
        except grpc.aio.AioRpcError as error:
            info = info_of(error)
            log.warning("chat did not search", extra={"code": error.code().name})
            raise CallFailed(REFUSALS.get(info.reason if info else "", AWAY)) from error
        return [to_said(hit) for hit in response.hits]


def to_said(hit: search_service_pb2.SearchMessagesResponse.Hit) -> Said:
    """Read a message that was found."""
    return Said(
        conversation=hit.conversation_title,
        role=ROLES.get(hit.role, "user"),
        time=hit.create_time.ToDatetime(tzinfo=UTC),
        text="".join(part.text for part in hit.snippet),
    )
