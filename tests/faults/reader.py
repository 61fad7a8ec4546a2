"""A person whose client resumes as MessageService asks for, and sees what is wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from time import monotonic
from uuid import UUID, uuid4

import grpc

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import conversation_service_pb2_grpc as conversations_grpc
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.chat.v1 import message_service_pb2_grpc as messages_grpc
from tests.chat.events import TERMINAL
from tests.faults.system import System
from tests.identity import bearing

Metadata = tuple[tuple[str, str], ...]
AGAIN_SECONDS = 0.05
END_SECONDS = 90
# What a cut looks like; anything else is an answer.
CUT = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}


@dataclass
class Shown:
    """What a reader sees of a reply."""

    said: str
    name: str = ""
    seq: int = 0
    text: str = ""
    ended: str = ""
    reply: message_pb.Message = field(default_factory=message_pb.Message)
    times: list[float] = field(default_factory=list)
    cuts: int = 0
    violations: list[str] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    def take(self, event: message_pb.ReplyEvent) -> None:
        """Show an event; note what is wrong with it."""
        kind = str(event.WhichOneof("event"))
        if self.ended:
            self.note(f"{kind} after the end")
        if event.after_seq != self.seq and not self._seen_again(kind):
            self.note(f"{kind} follows {event.after_seq}, but {self.seq} was shown")
        match kind:
            case "accepted":
                if self.name and self.name != event.accepted.reply.name:
                    self.note("the same request made another reply")
                self.name = event.accepted.reply.name
            case "delta":
                if len(event.delta.text) != event.seq - event.after_seq and self.text:
                    self.note("a delta's numbers are not those of its characters")
                self.text += event.delta.text
            case "restarted":
                self.text = ""
            case "completed" | "stopped" | "failed":
                self.ended, self.reply = kind, getattr(event, kind).reply
        self.seq = event.seq
        self.times.append(monotonic())
        self._changed.set()
        self._changed = asyncio.Event()

    def _seen_again(self, kind: str) -> bool:
        return kind in TERMINAL or kind == "restarted"

    def note(self, problem: str) -> None:
        """Remember that a promise was broken."""
        self.violations.append(f"{self.name or self.said}: {problem}")

    async def until(self, characters: int) -> None:
        """Wait until so much is shown."""
        while len(self.text) < characters and not self.ended:
            await self.changed()

    async def changed(self) -> None:
        """Wait for the next event."""
        await self._changed.wait()

    def resumed_after(self, moment: float) -> float:
        """Say how long after a moment the first event came."""
        return next((time - moment for time in self.times if time > moment), 0.0)


@dataclass
class Person:
    """A user who signed in, at the edge."""

    system: System
    channel: grpc.aio.Channel
    user: UUID = field(default_factory=uuid4)
    end_seconds: float = END_SECONDS  # a reply that takes longer never ends

    @property
    def me(self) -> Metadata:
        """A token that has just begun."""
        return bearing(self.system.token(self.user))

    @property
    def messages(self) -> messages_grpc.MessageServiceAsyncStub:
        """The stub of MessageService."""
        return messages_grpc.MessageServiceStub(self.channel)

    @property
    def conversations(self) -> conversations_grpc.ConversationServiceAsyncStub:
        """The stub of ConversationService."""
        return conversations_grpc.ConversationServiceStub(self.channel)

    async def conversation(self) -> str:
        """Create a conversation; return its name."""
        created = await self.conversations.CreateConversation(
            conversations_pb.CreateConversationRequest(parent=f"users/{self.user}"),
            metadata=self.me,
            timeout=20,
        )
        return created.conversation.name

    async def ask(
        self, shown: Shown, parent: str, *, model: str, request_id: str
    ) -> Shown:
        """Send, read, and resume until the reply has ended."""
        request = pb.SendMessageRequest(
            parent=parent, text=shown.said, model=model, request_id=request_id
        )
        async with asyncio.timeout(self.end_seconds):
            while not shown.ended:
                try:
                    async for event in self._events(shown, request):
                        shown.take(event)
                except grpc.aio.AioRpcError as error:
                    if error.code() not in CUT:
                        shown.note(f"{error.code().name}: {error.details()}")
                        return shown
                if not shown.ended:
                    shown.cuts += 1
                    await asyncio.sleep(AGAIN_SECONDS)
        return shown

    async def _events(
        self, shown: Shown, request: pb.SendMessageRequest
    ) -> AsyncIterator[message_pb.ReplyEvent]:
        if not shown.name:
            async for sent in self.messages.SendMessage(request, metadata=self.me):
                yield sent.event
            return
        rest = pb.ResumeReplyRequest(name=shown.name, after_seq=shown.seq)
        async for resumed in self.messages.ResumeReply(rest, metadata=self.me):
            yield resumed.event

    async def stored(self, parent: str) -> list[message_pb.Message]:
        """List a short conversation."""
        listed = await self.messages.ListMessages(
            pb.ListMessagesRequest(parent=parent, page_size=200),
            metadata=self.me,
            timeout=20,
        )
        return list(listed.messages)

    async def begin(self, *, model: str, said: str = "") -> Asking:
        """Ask in a new conversation; return what goes on meanwhile."""
        parent = await self.conversation()
        shown = Shown(said or f"Tell me about {uuid4()}")
        asking = asyncio.create_task(
            self.ask(shown, parent, model=model, request_id=str(uuid4()))
        )
        return Asking(self, parent, shown, asking)


@dataclass
class Asking:
    """A reply on its way, and a promise to keep about it."""

    person: Person
    parent: str
    shown: Shown
    task: asyncio.Task[Shown]

    async def checked(self, whole: str, *, asked: int) -> list[str]:
        """Read to the end; return what is wrong with what was shown and stored."""
        try:
            shown = await self.task
        except TimeoutError:
            self.shown.note("never ended")
            return self.shown.violations
        if not shown.ended:
            return shown.violations
        user, reply = await self._stored()
        if shown.ended == "completed" and shown.text != whole:
            shown.note("completed, but it is not whole")
        if shown.text != reply.text:
            shown.note("another text is stored than was shown")
        if reply != shown.reply:
            shown.note("another end is stored than was told")
        if user.text != shown.said:
            shown.note("another message is stored than was sent")
        if (times := self.person.system.times_asked(shown.said)) > asked:
            shown.note(f"the model was asked {times} times")
        return shown.violations

    async def completed(self, whole: str, *, asked: int) -> list[str]:
        """Read to the end, which has to be the whole reply."""
        violations = await self.checked(whole, asked=asked)
        if self.shown.ended not in ("", "completed"):
            self.shown.note(f"ended {self.shown.ended}")
        return violations

    async def _stored(self) -> tuple[message_pb.Message, message_pb.Message]:
        stored = await self.person.stored(self.parent)
        if len(stored) != 2:
            self.shown.note(f"{len(stored)} messages are stored")
        return stored[0], stored[-1]
