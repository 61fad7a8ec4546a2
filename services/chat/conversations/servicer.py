"""The gRPC surface of conversations: request in, domain call, response out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import conversation_service_pb2_grpc as pb_grpc
from services.chat.conversations.model import Conversation, Retention
from services.chat.conversations.ports import Conversations
from services.chat.conversations.wire import (
    MUTABLE,
    from_conversation,
    from_listing,
    to_conversation,
)
from services.chat.names import ConversationName
from services.kit.caller import require
from services.kit.errors import InvalidField
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class ConversationServicer(pb_grpc.ConversationServiceServicer):
    """Serves `parley.chat.v1.ConversationService`."""

    def __init__(self, conversations: Conversations, retention: Retention) -> None:
        self._conversations = conversations
        self._retention = retention

    async def CreateConversation(
        self, request: pb.CreateConversationRequest, context: Context
    ) -> pb.CreateConversationResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        if request.conversation.current_message:
            raise InvalidField(
                field="conversation.current_message", expected="none yet"
            )
        name = ConversationName.new(user_id)
        created = await self._conversations.create(
            name,
            from_conversation(name, request.conversation, MUTABLE),
            temporary=request.conversation.temporary,
            request=identity(request),
        )
        return pb.CreateConversationResponse(conversation=self._shown(user_id, created))

    async def GetConversation(
        self, request: pb.GetConversationRequest, context: Context
    ) -> pb.GetConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        found = await self._conversations.get(name)
        return pb.GetConversationResponse(conversation=self._shown(name.user_id, found))

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Context
    ) -> pb.ListConversationsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, parse_flag, datetime.fromisoformat, UUID)
        found = await self._conversations.page(
            user_id, from_listing(request), after=page.after, limit=page.size + 1
        )
        return pb.ListConversationsResponse(
            conversations=[self._shown(user_id, each) for each in found[: page.size]],
            next_page_token=page.next_token(
                found,
                lambda last: (last.pinned, last.update_time.isoformat(), last.id),
            ),
        )

    async def UpdateConversation(
        self, request: pb.UpdateConversationRequest, context: Context
    ) -> pb.UpdateConversationResponse:
        name = ConversationName.parse(request.conversation.name)
        require(name.user_id)
        fields = changed_fields(
            request.conversation, request.update_mask.paths, MUTABLE
        )
        change = from_conversation(name, request.conversation, fields)
        updated = await self._conversations.update(name, change, identity(request))
        return pb.UpdateConversationResponse(
            conversation=self._shown(name.user_id, updated)
        )

    async def DeleteConversation(
        self, request: pb.DeleteConversationRequest, context: Context
    ) -> pb.DeleteConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        deleted = await self._conversations.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteConversationResponse(
            conversation=self._shown(name.user_id, deleted) if deleted else None
        )

    async def UndeleteConversation(
        self, request: pb.UndeleteConversationRequest, context: Context
    ) -> pb.UndeleteConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        undeleted = await self._conversations.undelete(name, identity(request))
        return pb.UndeleteConversationResponse(
            conversation=self._shown(name.user_id, undeleted)
        )

    def _shown(self, user_id: UUID, conversation: Conversation) -> pb.Conversation:
        return to_conversation(user_id, conversation, self._retention)


def parse_flag(text: str) -> bool:
    """Read a truth value of a page token."""
    if text not in ("True", "False"):
        raise ValueError(text)
    return text == "True"
