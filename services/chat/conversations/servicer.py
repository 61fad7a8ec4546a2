"""The gRPC surface of conversations: request in, domain call, response out."""

from datetime import datetime
from typing import Any
from uuid import UUID

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import conversation_service_pb2_grpc as pb_grpc
from services.chat.conversations import model
from services.chat.conversations.ports import Conversations
from services.chat.conversations.wire import to_conversation
from services.chat.names import ConversationName
from services.chat.requests.wire import identity
from services.kit import fields
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class ConversationServicer(pb_grpc.ConversationServiceServicer):
    """Serves `parley.chat.v1.ConversationService`."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def CreateConversation(
        self, request: pb.CreateConversationRequest, context: Context
    ) -> pb.CreateConversationResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        name = ConversationName.new(user_id)
        title = fields.text(
            "conversation.title", request.conversation.title, maximum=model.MAX_TITLE
        )
        created = await self._conversations.create(name, title, identity(request))
        return pb.CreateConversationResponse(
            conversation=to_conversation(name, created)
        )

    async def GetConversation(
        self, request: pb.GetConversationRequest, context: Context
    ) -> pb.GetConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        found = await self._conversations.get(name)
        return pb.GetConversationResponse(conversation=to_conversation(name, found))

    async def ListConversations(
        self, request: pb.ListConversationsRequest, context: Context
    ) -> pb.ListConversationsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, datetime.fromisoformat, UUID)
        found = await self._conversations.page(
            user_id, after=page.after, limit=page.size + 1
        )
        any_name = ConversationName(user_id, user_id)
        return pb.ListConversationsResponse(
            conversations=[
                to_conversation(any_name, conversation)
                for conversation in found[: page.size]
            ],
            next_page_token=page.next_token(
                found, lambda last: (last.update_time.isoformat(), last.id)
            ),
        )

    async def DeleteConversation(
        self, request: pb.DeleteConversationRequest, context: Context
    ) -> pb.DeleteConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        await self._conversations.delete(name, allow_missing=request.allow_missing)
        return pb.DeleteConversationResponse()
