"""Steps about replies that there are, and about what everything runs on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

import grpc
import pytest

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from tests.calls import everything
from tests.chat.devices.device import Device, Refused
from tests.chat.devices.known import EVERYTHING, Conversation
from tests.chat.devices.system import System
from tests.chat.devices.table import Table

SEEN_SECONDS = 0.3


async def end(system: System, number: int, how: Literal["kill", "terminate"]) -> None:
    """End a replica; if it was the last, it comes back."""
    replica = system.replicas[number]
    await (replica.kill() if how == "kill" else replica.terminate())
    if not system.alive(system.nearest(number)):
        await system.start(number)


@dataclass(frozen=True)
class Create:
    """Begin a conversation."""

    device: int

    async def play(self, table: Table) -> None:
        """Create it."""
        await table.create(table.device(self.device))


@dataclass(frozen=True)
class Stop:
    """Stop a reply where a device sees it, or a bit before, maybe from two devices."""

    device: int
    pick: int
    back: int | None
    twice: bool

    async def play(self, table: Table) -> None:
        """Stop it, if there is any; from then on it is as it was answered."""
        device = table.device(self.device)
        if not (reply := table.reply(device, self.pick)):
            return
        furthest = reply.furthest
        seq = EVERYTHING
        if self.back is not None and furthest:
            seq = furthest.back_at(furthest.seq - self.back).seq
        reply.stops.add(seq)
        devices = [device, table.next_device(device)][: 1 + self.twice]
        request = pb.StopReplyRequest(
            name=reply.name, last_seen_seq=seq, request_id=str(uuid4())
        )
        answers = await asyncio.gather(*(stop(each, request) for each in devices))
        assert all(answer == answers[0] for answer in answers), answers
        assert answers[0].HasField("end_time"), answers[0]
        reply.finals.append(answers[0])


async def stop(device: Device, request: pb.StopReplyRequest) -> message_pb.Message:
    """Stop a reply; return how it ended."""
    answer = await device.call(
        lambda: device.messages.StopReply(request, metadata=device.me)
    )
    return answer.reply


@dataclass(frozen=True)
class Resume:
    """Show a reply at another device, from anywhere."""

    device: int
    pick: int
    back: int

    async def play(self, table: Table) -> None:
        """Show it, if there is any."""
        device = table.device(self.device)
        if (reply := table.reply(device, self.pick)) and (shown := reply.furthest):
            device.show(shown.back_at(shown.seq - self.back))


@dataclass(frozen=True)
class See:
    """Wait until somebody has seen more of a reply, but not for long."""

    device: int
    pick: int
    characters: int

    async def play(self, table: Table) -> None:
        """Look at the newest text."""
        reply = table.reply(table.device(self.device), self.pick)
        if not reply or not (shown := reply.furthest):
            return
        try:
            async with asyncio.timeout(SEEN_SECONDS):
                seq = shown.seq + self.characters
                while shown.seq < seq and not shown.ended:
                    await shown.changed.wait()
        except TimeoutError:
            pass  # a model has stalled


@dataclass(frozen=True)
class Cut:
    """Cut all streams of a device."""

    device: int

    async def play(self, table: Table) -> None:
        """Cut them."""
        table.device(self.device).cut()


@dataclass(frozen=True)
class End:
    """End a replica."""

    replica: int
    how: Literal["kill", "terminate"]

    async def play(self, table: Table) -> None:
        """End it."""
        await end(table.system, table.system.nearest(self.replica), self.how)


@dataclass(frozen=True)
class Start:
    """Start what is dead."""

    async def play(self, table: Table) -> None:
        """Start it."""
        await table.system.start_all()


@dataclass(frozen=True)
class Redis:
    """Let Redis die and come back, or lose everything."""

    how: Literal["kill", "forget"]

    async def play(self, table: Table) -> None:
        """Do it."""
        cache = table.system.cache
        if self.how == "forget":
            await cache.forget()
        else:
            await cache.kill()
            await cache.start()


@dataclass(frozen=True)
class Release:
    """Let models go on that have stalled."""

    async def play(self, table: Table) -> None:
        """Release those of now."""
        upstream = table.system.upstream
        upstream.release()
        upstream.rescript(upstream.script)


@dataclass(frozen=True)
class Delete:
    """Delete a conversation, or bring it back."""

    device: int
    conversation: int

    async def play(self, table: Table) -> None:
        """Do what it was not."""
        device = table.device(self.device)
        of = table.conversation(device, self.conversation)
        await (undelete if of.deleted else delete)(table, device, of)


async def delete(table: Table, device: Device, of: Conversation) -> None:
    """Delete a conversation, which stops its replies."""
    request = conversations_pb.DeleteConversationRequest(
        name=of.name, request_id=str(uuid4())
    )
    await device.call(
        lambda: device.conversations.DeleteConversation(request, metadata=device.me)
    )
    of.deleted = True
    for reply in of.replies.values():
        reply.stops.add(EVERYTHING)
    table.cause(device, "conversation_deleted", of.name)


async def undelete(table: Table, device: Device, of: Conversation) -> None:
    """Bring a conversation back."""
    request = conversations_pb.UndeleteConversationRequest(
        name=of.name, request_id=str(uuid4())
    )
    await device.call(
        lambda: device.conversations.UndeleteConversation(request, metadata=device.me)
    )
    of.deleted = False
    table.cause(device, "conversation_undeleted", of.name)


@dataclass(frozen=True)
class Rate:
    """Say what one thinks of a reply."""

    device: int
    pick: int
    score: message_pb.Rating.Score.ValueType

    async def play(self, table: Table) -> None:
        """Say it, if there is any."""
        device = table.device(self.device)
        if not (reply := table.reply(device, self.pick)):
            return
        request = pb.RateMessageRequest(
            name=reply.name,
            rating=message_pb.Rating(score=self.score),
            request_id=str(uuid4()),
        )
        await device.call(
            lambda: device.messages.RateMessage(request, metadata=device.me)
        )
        reply.rating = self.score
        table.cause(device, "message_rated", reply.name)


@dataclass(frozen=True)
class Pry:
    """Look at somebody else's conversation, and at a reply."""

    device: int
    conversation: int

    async def play(self, table: Table) -> None:
        """Try; nothing is told, not even what there is."""
        device = table.device(self.device)
        others = next(each for each in table.devices if each.user != device.user)
        of = table.conversation(others, self.conversation)
        names = [*of.messages, f"{of.name}/messages/{uuid4()}"]
        for name in names[-3:]:
            await pry(device, of, name)


async def pry(device: Device, of: Conversation, name: str) -> None:
    """Call what shows or changes somebody else's messages."""
    messages, me = device.messages, device.me
    tries: list[Callable[[], Any]] = [
        lambda: messages.ListMessages(
            pb.ListMessagesRequest(parent=of.name), metadata=me
        ),
        lambda: messages.GetMessage(pb.GetMessageRequest(name=name), metadata=me),
        lambda: messages.StopReply(pb.StopReplyRequest(name=name), metadata=me),
        lambda: everything(
            messages.ResumeReply(pb.ResumeReplyRequest(name=name), metadata=me)
        ),
        lambda: everything(
            messages.SendMessage(
                pb.SendMessageRequest(parent=of.name, text="Mine"), metadata=me
            )
        ),
    ]
    for each in tries:
        with pytest.raises(Refused) as refused:
            await device.call(each)
        assert refused.value.code is grpc.StatusCode.PERMISSION_DENIED
