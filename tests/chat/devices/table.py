"""One game: some users, their devices, and what was acknowledged so far."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID, uuid4

from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import message_pb2 as message_pb
from tests.chat.devices.device import Device, Refused, Streams
from tests.chat.devices.known import Conversation, Reply, Said, Shown
from tests.chat.devices.system import System

USERS = 2
DEVICES = 3  # of each user
CONVERSATIONS = 2  # of each user
Caused = tuple[str, ...]  # the kind of an event, and the names that it says
WRITING = {message_pb.Message.STATE_GENERATING, message_pb.Message.STATE_QUEUED}


@dataclass
class Asked:
    """A request that was acknowledged, to be made again, and its answer."""

    conversation: Conversation
    made: Callable[[Device, str], Streams]  # with a text
    text: str
    said: str
    replies: list[str]


@dataclass
class Table:
    """Everything that a step may be about. What is picked is counted round."""

    system: System
    devices: list[Device] = field(default_factory=list)
    conversations: dict[UUID, list[Conversation]] = field(default_factory=dict)
    asked: dict[UUID, list[Asked]] = field(default_factory=dict)
    caused: dict[UUID, list[Caused]] = field(default_factory=dict)

    async def sit_down(self) -> None:
        """Sign everybody up, and have every device watch."""
        for _ in range(USERS):
            user = uuid4()
            self.conversations[user], self.asked[user] = [], []
            self.caused[user] = []
            mine = [Device(self.system, user, at) for at in range(DEVICES)]
            for device in mine:
                device.watch()
            self.devices += mine
            async with asyncio.timeout(20):
                await asyncio.gather(*(device.watched.wait() for device in mine))
            for _ in range(CONVERSATIONS):
                await self.create(mine[0])

    async def get_up(self) -> None:
        """Close every device."""
        for device in self.devices:
            await device.leave()

    async def create(self, device: Device) -> None:
        """Create a conversation."""
        request = conversations_pb.CreateConversationRequest(
            parent=f"users/{device.user}", request_id=str(uuid4())
        )
        created = await device.call(
            lambda: device.conversations.CreateConversation(request, metadata=device.me)
        )
        name = created.conversation.name
        self.conversations[device.user].append(Conversation(name))
        self.cause(device, "conversation_created", name)

    def cause(self, device: Device, kind: str, *names: str) -> None:
        """Remember what everybody is to be told of."""
        self.caused[device.user].append((kind, *names))

    def device(self, pick: int) -> Device:
        """Return one of all devices."""
        return self.devices[pick % len(self.devices)]

    def next_device(self, device: Device) -> Device:
        """Return another device of the same user."""
        mine = [each for each in self.devices if each.user == device.user]
        return mine[(mine.index(device) + 1) % len(mine)]

    def conversation(self, device: Device, pick: int) -> Conversation:
        """Return one of the user's conversations."""
        mine = self.conversations[device.user]
        return mine[pick % len(mine)]

    def replies(self, user: UUID) -> list[Reply]:
        """Return all replies of a user."""
        mine = self.conversations[user]
        return [*chain.from_iterable(each.replies.values() for each in mine)]

    def reply(self, device: Device, pick: int) -> Reply | None:
        """Return one of the user's replies, the newest for 0."""
        mine = self.replies(device.user)
        return mine[-1 - pick % len(mine)] if mine else None

    def of(self, message: str, user: UUID) -> Conversation:
        """Return the conversation of a message."""
        parent, _, _ = message.partition("/messages/")
        (found,) = (each for each in self.conversations[user] if each.name == parent)
        return found

    def acknowledge(
        self,
        device: Device,
        asked: Asked,
        models: list[str],
        accepted: message_pb.ReplyEvent.Accepted,
        stream: Streams,
    ) -> None:
        """Remember what was stored, and follow the replies."""
        of = asked.conversation
        name = accepted.message.name
        if asked.text:
            assert name not in of.said, "it was acknowledged before"
            assert accepted.message.text == asked.text
            of.said[name] = Said(name, asked.text, accepted.message.parent_message)
        said = of.said[name]
        asked.said = name
        replies = [accepted.reply, *accepted.siblings]
        for model, reply in zip(models, replies, strict=True):
            assert reply.name not in of.replies, "it was acknowledged before"
            assert (reply.parent_message, reply.model) == (name, model)
            of.replies[reply.name] = Reply(reply.name, said, model)
            asked.replies.append(reply.name)
        of.current = accepted.reply.name
        self.cause(device, "message_created", name, *asked.replies)
        self.asked[device.user].append(asked)
        device.show(Shown(of.replies[accepted.reply.name]), stream)
        for sibling in accepted.siblings:
            device.show(Shown(of.replies[sibling.name], seq=0))

    def require_well(self) -> None:
        """Raise what any device met with."""
        for device in self.devices:
            device.require_well()


def require(refused: Refused, *reasons: str, when: bool = True) -> None:
    """Let a refusal pass that is to be expected."""
    if refused.reason not in reasons or not when:
        raise refused
