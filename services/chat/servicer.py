"""The gRPC surface: request in, domain call, response out."""

from collections.abc import AsyncIterator
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_service_pb2 as messages_pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from services.chat import model
from services.chat.model import ConversationName, MessageName
from services.chat.ports import Conversations, Messages
from services.chat.replies import Replies
from services.chat.wire import to_conversation, to_event, to_message
from services.kit import fields
from services.kit.caller import require
from services.kit.names import InvalidName, parse_name
from services.kit.pages import Page

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
Retryable = conversations_pb.CreateConversationRequest | messages_pb.SendMessageRequest


class ConversationServicer(conversations_grpc.ConversationServiceServicer):
    """Serves `parley.chat.v1.ConversationService`."""

    def __init__(self, conversations: Conversations) -> None:
        self._conversations = conversations

    async def CreateConversation(
        self, request: conversations_pb.CreateConversationRequest, context: Context
    ) -> conversations_pb.CreateConversationResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        name = ConversationName.new(user_id)
        title = fields.text(
            "conversation.title", request.conversation.title, maximum=model.MAX_TITLE
        )
        created = await self._conversations.create(name, title, identity(request))
        return conversations_pb.CreateConversationResponse(
            conversation=to_conversation(name, created)
        )

    async def GetConversation(
        self, request: conversations_pb.GetConversationRequest, context: Context
    ) -> conversations_pb.GetConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        found = await self._conversations.get(name)
        return conversations_pb.GetConversationResponse(
            conversation=to_conversation(name, found)
        )

    async def ListConversations(
        self, request: conversations_pb.ListConversationsRequest, context: Context
    ) -> conversations_pb.ListConversationsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, datetime.fromisoformat, UUID)
        found = await self._conversations.page(
            user_id, after=page.after, limit=page.size + 1
        )
        any_name = ConversationName(user_id, user_id)
        return conversations_pb.ListConversationsResponse(
            conversations=[
                to_conversation(any_name, conversation)
                for conversation in found[: page.size]
            ],
            next_page_token=page.next_token(
                found, lambda last: (last.update_time.isoformat(), last.id)
            ),
        )

    async def DeleteConversation(
        self, request: conversations_pb.DeleteConversationRequest, context: Context
    ) -> conversations_pb.DeleteConversationResponse:
        name = ConversationName.parse(request.name)
        require(name.user_id)
        await self._conversations.delete(name, allow_missing=request.allow_missing)
        return conversations_pb.DeleteConversationResponse()


class MessageServicer(messages_grpc.MessageServiceServicer):
    """Serves `parley.chat.v1.MessageService`."""

    def __init__(self, messages: Messages, replies: Replies) -> None:
        self._messages = messages
        self._replies = replies

    async def SendMessage(
        self, request: messages_pb.SendMessageRequest, context: Context
    ) -> AsyncIterator[messages_pb.SendMessageResponse]:
        to = ConversationName.parse(request.parent)
        caller = require(to.user_id)
        said = model.Said(
            to=to,
            text=fields.text("text", request.text, minimum=1, maximum=model.MAX_TEXT),
            model=fields.text("model", request.model, maximum=model.MAX_MODEL),
            parent_id=parse_parent(to, request.parent_message),
            request=identity(request),
        )
        async for event in self._replies.send(said, caller.token):
            yield to_event(to, event)

    async def GetMessage(
        self, request: messages_pb.GetMessageRequest, context: Context
    ) -> messages_pb.GetMessageResponse:
        name = MessageName.parse(request.name)
        require(name.conversation.user_id)
        found = await self._replies.get(name)
        return messages_pb.GetMessageResponse(
            message=to_message(name.conversation, found)
        )

    async def ListMessages(
        self, request: messages_pb.ListMessagesRequest, context: Context
    ) -> messages_pb.ListMessagesResponse:
        of = ConversationName.parse(request.parent)
        require(of.user_id)
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._messages.page(of, after=after, limit=page.size + 1)
        return messages_pb.ListMessagesResponse(
            messages=[
                to_message(of, self._replies.so_far(message))
                for message in found[: page.size]
            ],
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )


def identity(request: Retryable) -> model.Request:
    """Read what makes a retry of this request recognisable."""
    id = fields.request_id(request.request_id) or uuid4()
    rest = type(request)()
    rest.MergeFrom(request)  # type: ignore[arg-type]  # of the same type
    rest.ClearField("request_id")
    digest = sha256(rest.DESCRIPTOR.full_name.encode())
    digest.update(rest.SerializeToString(deterministic=True))
    return model.Request(id, digest.digest())


def parse_parent(of: ConversationName, name: str) -> UUID | None:
    """Read the message that one follows; it has to be of the same conversation."""
    if not name:
        return None
    parent = MessageName.parse(name)
    if parent.conversation != of:
        raise InvalidName(name=name[:200], expected=f"{of}/messages/*")
    return parent.id
