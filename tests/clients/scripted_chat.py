"""chat and llm, saying what a test tells them to."""

from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar
from uuid import uuid4

import grpc

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_pb2 import Message, ReplyEvent, Role
from parley.llm.v1 import generation_service_pb2 as llm_pb
from parley.llm.v1 import generation_service_pb2_grpc as llm_grpc
from services.chat.conversations.model import ConversationNotFound
from services.chat.messages.model import MessageNotFound

Context = grpc.aio.ServicerContext[Any, Any]
State = Message.State

# What happens on one stream: told the reply as it is accepted, yields events.
Stream = Callable[[Message, Context], AsyncIterator[ReplyEvent]]

PAGE = 2
# The entry with which a second attempt begins.
SECOND = 2**20 + 1
T = TypeVar("T")


class ScriptedChat(
    conversations_grpc.ConversationServiceServicer,
    messages_grpc.MessageServiceServicer,
    llm_grpc.GenerationServiceServicer,
):
    """Keeps conversations in memory; every page has two items."""

    def __init__(self) -> None:
        self.conversations: dict[str, Conversation] = {}
        self.messages: dict[str, Message] = {}
        # One for each call of SendMessage to come; then the answer echoes.
        self.streams: deque[Stream] = deque()
        # One for each call of ResumeReply to come; then it is refused.
        self.resumptions: deque[Stream] = deque()
        # Told of each call of StopReply.
        self.stopping: Callable[[pb.StopReplyRequest], None] = lambda request: None
        self.sent: list[pb.SendMessageRequest] = []
        self.resumed: list[pb.ResumeReplyRequest] = []
        self.stopped: list[pb.StopReplyRequest] = []
        self.models = ["first", "second", "third"]
        # What is known of them.
        self.catalogue: dict[str, llm_pb.Model] = {}
        self.counted: list[llm_pb.CountTokensRequest] = []

    async def CreateConversation(
        self, request: conversations_pb.CreateConversationRequest, context: Context
    ) -> conversations_pb.CreateConversationResponse:
        name = f"{request.parent}/conversations/{uuid4()}"
        created = Conversation(name=name, title=request.conversation.title)
        created.update_time.GetCurrentTime()
        self.conversations = {name: created, **self.conversations}
        return conversations_pb.CreateConversationResponse(conversation=created)

    async def GetConversation(
        self, request: conversations_pb.GetConversationRequest, context: Context
    ) -> conversations_pb.GetConversationResponse:
        return conversations_pb.GetConversationResponse(
            conversation=self._find(request.name)
        )

    async def ListConversations(
        self, request: conversations_pb.ListConversationsRequest, context: Context
    ) -> conversations_pb.ListConversationsResponse:
        mine = [c for c in self.conversations.values() if c.name > request.parent]
        page, token = paged(mine, request.page_token)
        return conversations_pb.ListConversationsResponse(
            conversations=page, next_page_token=token
        )

    async def DeleteConversation(
        self, request: conversations_pb.DeleteConversationRequest, context: Context
    ) -> conversations_pb.DeleteConversationResponse:
        if not self.conversations.pop(request.name, None) and not request.allow_missing:
            raise ConversationNotFound
        return conversations_pb.DeleteConversationResponse()

    async def SendMessage(
        self, request: pb.SendMessageRequest, context: Context
    ) -> AsyncIterator[pb.SendMessageResponse]:
        self.sent.append(request)
        self._find(request.parent)
        reply = self._stored(request.parent, "", role=Role.ROLE_ASSISTANT)
        if self.streams:
            events = self.streams.popleft()(reply, context)
        else:
            self._stored(request.parent, request.text, role=Role.ROLE_USER)
            reply.CopyFrom(completed(reply, f"You said: {request.text}"))
            events = said(reply, reply.text)
        async for event in events:
            yield pb.SendMessageResponse(event=event)

    async def ResumeReply(
        self, request: pb.ResumeReplyRequest, context: Context
    ) -> AsyncIterator[pb.ResumeReplyResponse]:
        self.resumed.append(request)
        if not self.resumptions:
            raise MessageNotFound
        events = self.resumptions.popleft()(self.messages[request.name], context)
        async for event in events:
            yield pb.ResumeReplyResponse(event=event)

    async def StopReply(
        self, request: pb.StopReplyRequest, context: Context
    ) -> pb.StopReplyResponse:
        self.stopped.append(request)
        self.stopping(request)
        return pb.StopReplyResponse(reply=self.messages[request.name])

    async def GetMessage(
        self, request: pb.GetMessageRequest, context: Context
    ) -> pb.GetMessageResponse:
        if not (found := self.messages.get(request.name)):
            raise MessageNotFound
        return pb.GetMessageResponse(message=found)

    async def ListMessages(
        self, request: pb.ListMessagesRequest, context: Context
    ) -> pb.ListMessagesResponse:
        mine = [m for m in self.messages.values() if m.name.startswith(request.parent)]
        page, token = paged(mine, request.page_token)
        return pb.ListMessagesResponse(messages=page, next_page_token=token)

    async def ListModels(
        self, request: llm_pb.ListModelsRequest, context: Context
    ) -> llm_pb.ListModelsResponse:
        page, token = paged(self.models, request.page_token)
        models = [llm_pb.Model(name=f"models/{id}", provider="openai") for id in page]
        for id, model in zip(page, models, strict=True):
            model.MergeFrom(self.catalogue.get(id, llm_pb.Model()))
        return llm_pb.ListModelsResponse(models=models, next_page_token=token)

    async def CountTokens(
        self, request: llm_pb.CountTokensRequest, context: Context
    ) -> llm_pb.CountTokensResponse:
        self.counted.append(request)
        counted = llm_pb.CountTokensResponse(model="first", input_tokens=1234)
        counted.window_tokens, counted.dropped_turns = 4936, 2
        return counted

    def _find(self, name: str) -> Conversation:
        if not (found := self.conversations.get(name)):
            raise ConversationNotFound
        return found

    def _stored(self, parent: str, text: str, *, role: Role.ValueType) -> Message:
        message = Message(
            name=f"{parent}/messages/{uuid4()}",
            role=role,
            text=text,
            state=State.STATE_GENERATING if not text else State.STATE_COMPLETED,
        )
        self.messages[message.name] = message
        return message


def paged(items: list[T], token: str) -> tuple[list[T], str]:
    """Cut a page out of a list."""
    begin = int(token or 0)
    end = begin + PAGE
    return items[begin:end], str(end) if end < len(items) else ""


def completed(reply: Message, text: str) -> Message:
    """Return the reply as it is stored when it is whole."""
    whole = Message(name=reply.name, role=reply.role, text=text, model="echo")
    whole.state = State.STATE_COMPLETED
    return whole


async def said(reply: Message, *pieces: str) -> AsyncIterator[ReplyEvent]:
    """Stream a whole reply."""
    yield accepted(reply)
    seq = 1
    for piece in pieces:
        yield delta(seq, piece)
        seq += len(piece)
    yield ended(seq, completed(reply, "".join(pieces)))


def accepted(reply: Message) -> ReplyEvent:
    """Return the first event."""
    event = ReplyEvent.Accepted(message=Message(text="asked"), reply=reply)
    return ReplyEvent(seq=1, accepted=event)


def delta(after_seq: int, text: str) -> ReplyEvent:
    """Return one piece of a reply, whose characters are its entries."""
    return ReplyEvent(
        seq=after_seq + len(text),
        after_seq=after_seq,
        delta=ReplyEvent.Delta(text=text),
    )


def restarted(after_seq: int) -> ReplyEvent:
    """Return what tells that a second attempt begins."""
    event = ReplyEvent.Restarted(attempt=2)
    return ReplyEvent(after_seq=after_seq, seq=SECOND, restarted=event)


def ended(after_seq: int, reply: Message) -> ReplyEvent:
    """Return the last event of a reply, as its state has it."""
    event = ReplyEvent(after_seq=after_seq, seq=after_seq + 1)
    match reply.state:
        case State.STATE_COMPLETED:
            event.completed.reply.CopyFrom(reply)
        case State.STATE_STOPPED:
            event.stopped.reply.CopyFrom(reply)
        case _:
            event.failed.reply.CopyFrom(reply)
    return event
