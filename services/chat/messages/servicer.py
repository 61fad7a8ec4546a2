"""The gRPC surface of messages: request in, domain call, response out."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from parley.chat.v1 import message_service_pb2 as messages_pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from services.chat.messages import model
from services.chat.messages.ports import Messages
from services.chat.messages.replies import Replies
from services.chat.messages.wire import to_event, to_message
from services.chat.names import ConversationName, MessageName
from services.chat.requests.wire import identity
from services.kit import fields
from services.kit.caller import require
from services.kit.names import InvalidName
from services.kit.pages import Page

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


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


def parse_parent(of: ConversationName, name: str) -> UUID | None:
    """Read the message that one follows; it has to be of the same conversation."""
    if not name:
        return None
    parent = MessageName.parse(name)
    if parent.conversation != of:
        raise InvalidName(name=name[:200], expected=f"{of}/messages/*")
    return parent.id
