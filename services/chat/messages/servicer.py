"""The gRPC surface of messages: request in, domain call, response out."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from uuid import UUID

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1 import message_service_pb2_grpc as pb_grpc
from parley.llm.v1 import generation_pb2 as generation_pb
from services.chat.messages import asked, model
from services.chat.messages.ports import Messages
from services.chat.messages.replies import Replies
from services.chat.messages.wire import from_rating, to_event, to_message
from services.chat.names import ConversationName, MessageName
from services.chat.usage.rates import RateLimiter
from services.kit import fields
from services.kit.access import Permission, scope_of
from services.kit.caller import current, require
from services.kit.names import InvalidName, parse_name
from services.kit.pages import Page, token
from services.kit.permits import permit_also
from services.kit.requests.wire import identity

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
ALL = 0  # a seq: as far as there is anything
# What a model reads and does for somebody they have to be let to themselves.
KNOWLEDGE = scope_of(Permission.PERMISSION_KNOWLEDGE)
TOOLS = scope_of(Permission.PERMISSION_TOOLS)
SEARCHING = "tools/search_documents"


class MessageServicer(pb_grpc.MessageServiceServicer):
    """Serves `parley.chat.v1.MessageService`."""

    def __init__(
        self, messages: Messages, replies: Replies, limiter: RateLimiter
    ) -> None:
        self._messages = messages
        self._replies = replies
        self._limiter = limiter

    async def SendMessage(
        self, request: pb.SendMessageRequest, context: Context
    ) -> AsyncIterator[pb.SendMessageResponse]:
        to = ConversationName.parse(request.parent)
        require(to.user_id)
        said = asked.Said(
            text=text_of(request.text),
            parent_id=parse_parent(to, request.parent_message),
            models=models_of(request.model, request.additional_models),
            queue=request.queue,
            attachments=attachments_of(request.attachments),
            options=options_of(request.options),
        )
        async for event in self._ask(to, said, request, context):
            yield pb.SendMessageResponse(event=event)

    async def ResumeReply(
        self, request: pb.ResumeReplyRequest, context: Context
    ) -> AsyncIterator[pb.ResumeReplyResponse]:
        name = owned(request.name)
        after = seq_of("after_seq", request.after_seq)
        async for event in self._replies.resume(name, after):
            yield pb.ResumeReplyResponse(event=to_event(name.conversation, event))

    async def StopReply(
        self, request: pb.StopReplyRequest, context: Context
    ) -> pb.StopReplyResponse:
        name = owned(request.name)
        seq = seq_of("last_seen_seq", request.last_seen_seq)
        reply = await self._replies.stop(name, seq, identity(request))
        return pb.StopReplyResponse(reply=to_message(name.conversation, reply))

    async def RegenerateReply(
        self, request: pb.RegenerateReplyRequest, context: Context
    ) -> AsyncIterator[pb.RegenerateReplyResponse]:
        name = owned(request.name)
        again = asked.Regenerated(
            anchor=name.id,
            models=models_of(request.model),
            options=options_of(request.options),
        )
        async for event in self._ask(name.conversation, again, request, context):
            yield pb.RegenerateReplyResponse(event=event)

    async def ContinueReply(
        self, request: pb.ContinueReplyRequest, context: Context
    ) -> AsyncIterator[pb.ContinueReplyResponse]:
        name = owned(request.name)
        continued = asked.Continued(anchor=name.id)
        async for event in self._ask(name.conversation, continued, request, context):
            yield pb.ContinueReplyResponse(event=event)

    async def EditMessage(
        self, request: pb.EditMessageRequest, context: Context
    ) -> AsyncIterator[pb.EditMessageResponse]:
        name = owned(request.name)
        edited = asked.Edited(
            text=text_of(request.text),
            anchor=name.id,
            models=models_of(request.model),
            attachments=attachments_of(request.attachments),
            options=options_of(request.options),
        )
        async for event in self._ask(name.conversation, edited, request, context):
            yield pb.EditMessageResponse(event=event)

    async def _ask(
        self,
        to: ConversationName,
        what: asked.Said | asked.Edited | asked.Regenerated | asked.Continued,
        request: Any,
        context: Context,
    ) -> AsyncIterator[message_pb.ReplyEvent]:
        """Have a reply written, and show it."""
        left = await self._limiter.take(to.user_id)
        wanted = asked.Asked(
            to=to, request=identity(request), groups=current().groups, what=what
        )
        events = self._replies.ask(wanted)
        first = await anext(events)
        await context.send_initial_metadata(left.headers)
        yield to_event(to, first)
        async for event in events:
            yield to_event(to, event)

    async def GetMessage(
        self, request: pb.GetMessageRequest, context: Context
    ) -> pb.GetMessageResponse:
        name = owned(request.name)
        found = await self._replies.get(name)
        return pb.GetMessageResponse(message=to_message(name.conversation, found))

    async def ListMessages(
        self, request: pb.ListMessagesRequest, context: Context
    ) -> pb.ListMessagesResponse:
        of = ConversationName.parse(request.parent)
        require(of.user_id)
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found, more = await self._messages.page(of, after=after, limit=page.size)
        return pb.ListMessagesResponse(
            messages=[
                to_message(of, self._replies.so_far(message)) for message in found
            ],
            next_page_token=token(found[-1].id) if more else "",
        )

    async def RateMessage(
        self, request: pb.RateMessageRequest, context: Context
    ) -> pb.RateMessageResponse:
        name = owned(request.name)
        rating = from_rating(request.rating)
        rated = await self._messages.rate(name, rating, identity(request))
        return pb.RateMessageResponse(message=to_message(name.conversation, rated))


def owned(name: str) -> MessageName:
    """Read the name of one of the caller's messages."""
    parsed = MessageName.parse(name)
    require(parsed.conversation.user_id)
    return parsed


def text_of(text: str) -> str:
    """Read what the user says."""
    return fields.text("text", text, minimum=1, maximum=model.MAX_TEXT)


def attachments_of(names: Sequence[str]) -> Sequence[str]:
    """Read what comes with what is said; llm passes over what is not there."""
    if len(names) > model.MAX_ATTACHMENTS:
        expected = f"at most {model.MAX_ATTACHMENTS}"
        raise fields.InvalidField(field="attachments", expected=expected)
    if names:
        permit_also(KNOWLEDGE)
    for name in names:
        parse_name(name, "users", "documents")
    return list(dict.fromkeys(names))


def options_of(options: generation_pb.GenerationOptions) -> bytes | None:
    """Take how a reply is to come about for llm, which reads it."""
    if options.ByteSize() > model.MAX_OPTIONS:
        raise fields.InvalidField(field="options", expected="at most 64 KiB")
    # chat asks llm in its own name: whether the caller may is to be asked here.
    if options.HasField("knowledge") or SEARCHING in options.tools:
        permit_also(KNOWLEDGE)
    if options.assistant or options.prompt or options.tools:
        permit_also(TOOLS)
    return options.SerializeToString(deterministic=True) or None


def seq_of(field: str, seq: int) -> int:
    """Read the number of an entry."""
    if seq < 0:
        raise fields.InvalidField(field=field, expected="0 or more")
    return seq


def models_of(first: str, more: Iterable[str] = ()) -> Sequence[str]:
    """Read which models to ask, each of them once."""
    models = [
        fields.text("model", each, maximum=model.MAX_MODEL) for each in (first, *more)
    ]
    if len(models) > 1 + model.MAX_ADDITIONAL_MODELS or len(models) > len({*models}):
        expected = f"at most {model.MAX_ADDITIONAL_MODELS}, each another one"
        raise fields.InvalidField(field="additional_models", expected=expected)
    return models


def parse_parent(of: ConversationName, name: str) -> UUID | None:
    """Read the message that one follows; it has to be of the same conversation."""
    if not name:
        return None
    parent = MessageName.parse(name)
    if parent.conversation != of:
        raise InvalidName(name=name[:200], expected=f"{of}/messages/*")
    return parent.id
