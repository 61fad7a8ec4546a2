"""Steps that have replies written: sent once, twice at once, or as a replica dies."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal
from uuid import uuid4

from parley.chat.v1 import message_service_pb2 as pb
from tests.chat.devices.device import Device, Refused
from tests.chat.devices.known import Conversation, Shown
from tests.chat.devices.steps import end
from tests.chat.devices.table import Asked, Table, require

How = Literal["once", "twice", "dying"]
METHODS: dict[type, str] = {
    pb.SendMessageRequest: "SendMessage",
    pb.EditMessageRequest: "EditMessage",
    pb.RegenerateReplyRequest: "RegenerateReply",
    pb.ContinueReplyRequest: "ContinueReply",
}
BUSY = ("REPLY_IN_PROGRESS", "BUDGET_EXHAUSTED")


def calling(request: Any, device: Device, text: str) -> Any:
    """Make a request, or one with its ID and another text."""
    if text != getattr(request, "text", ""):
        changed = type(request)()
        changed.CopyFrom(request)
        changed.text = text
        request = changed
    method = getattr(device.messages, METHODS[type(request)])
    return method(request, metadata=device.me)


@dataclass(frozen=True)
class Asking:
    """What all of them have in common."""

    device: int
    script: str
    how: How
    delay: int  # until a replica dies, in milliseconds

    async def ask(
        self,
        table: Table,
        device: Device,
        of: Conversation,
        *,
        request: Any,
        models: list[str],
        refusals: tuple[str, ...] = BUSY,
    ) -> Asked | None:
        """Have replies written; return what was acknowledged, if it was not refused."""
        request.request_id = str(uuid4())
        text = getattr(request, "text", "")
        asked = Asked(of, partial(calling, request), text, said="", replies=[])
        if self.how == "dying":
            dying = asyncio.create_task(self._die(table, device))
        other = table.next_device(device) if self.how == "twice" else None
        answers = await asyncio.gather(
            *(
                each.ask(partial(asked.made, each, text))
                for each in (device, other)
                if each
            ),
            return_exceptions=True,
        )
        if self.how == "dying":
            await dying
        accepted = []
        for answer in answers:
            if isinstance(answer, Refused):
                gone = "CONVERSATION_NOT_FOUND"
                require(answer, *((gone,) if of.deleted else refusals))
            elif isinstance(answer, BaseException):
                raise answer
            else:
                accepted.append(answer)
        if not accepted:
            return None
        assert not of.deleted
        assert len({answer.message.name for answer, _ in accepted}) == 1, accepted
        assert len({answer.reply.name for answer, _ in accepted}) == 1, accepted
        table.acknowledge(device, asked, models, *accepted[0])
        for _, stream in accepted[1:]:
            device.show(Shown(of.replies[asked.replies[0]]), stream)
        return asked

    async def _die(self, table: Table, device: Device) -> None:
        """Kill the replica that is called, at some moment."""
        victim = table.system.nearest(device.at % 2)
        await asyncio.sleep(self.delay / 1000)
        await end(table.system, victim, "kill")


@dataclass(frozen=True)
class Send(Asking):
    """Say something after the current message, or any other one."""

    conversation: int
    after: int | None
    queue: bool
    siblings: int

    async def play(self, table: Table) -> None:
        """Send it."""
        device = table.device(self.device)
        of = table.conversation(device, self.conversation)
        models = [table.system.model(self.script) for _ in range(1 + self.siblings)]
        after = ""
        if self.after is not None and of.messages:
            after = of.messages[-1 - self.after % len(of.messages)]
        request = pb.SendMessageRequest(
            parent=of.name,
            text=f"Tell me of {models[0]}",
            parent_message=after,
            model=models[0],
            additional_models=models[1:],
            queue=self.queue,
        )
        current = of.current
        refusals = ("QUEUE_FULL", "BUDGET_EXHAUSTED") if self.queue else BUSY
        asked = await self.ask(
            table, device, of, request=request, models=models, refusals=refusals
        )
        if asked:
            assert of.said[asked.said].parent == (after or current)


@dataclass(frozen=True)
class Edit(Asking):
    """Say something else instead."""

    pick: int

    async def play(self, table: Table) -> None:
        """Edit it, if anything was said."""
        device = table.device(self.device)
        if not (reply := table.reply(device, self.pick)):
            return
        model = table.system.model(self.script)
        request = pb.EditMessageRequest(
            name=reply.said.name, text=f"Tell me rather of {model}", model=model
        )
        of = table.of(reply.name, device.user)
        if asked := await self.ask(table, device, of, request=request, models=[model]):
            assert of.said[asked.said].parent == reply.said.parent


@dataclass(frozen=True)
class Regenerate(Asking):
    """Ask for another reply."""

    pick: int

    async def play(self, table: Table) -> None:
        """Regenerate one, if there is any."""
        device = table.device(self.device)
        if not (reply := table.reply(device, self.pick)):
            return
        model = table.system.model(self.script)
        request = pb.RegenerateReplyRequest(name=reply.name, model=model)
        of = table.of(reply.name, device.user)
        if asked := await self.ask(table, device, of, request=request, models=[model]):
            assert asked.said == reply.said.name


@dataclass(frozen=True)
class Continue(Asking):
    """Go on with a reply that broke off."""

    pick: int

    async def play(self, table: Table) -> None:
        """Continue one, if there is any."""
        device = table.device(self.device)
        if not (reply := table.reply(device, self.pick)):
            return
        of = table.of(reply.name, device.user)
        asked = await self.ask(
            table,
            device,
            of,
            request=pb.ContinueReplyRequest(name=reply.name),
            models=[reply.model],
            refusals=(*BUSY, "REPLY_COMPLETED"),
        )
        if asked:
            (begun,) = asked.replies
            of.replies[begun].continues = reply
            assert asked.said == reply.said.name


@dataclass(frozen=True)
class Again:
    """Make a request once more, as it was or with another text."""

    device: int
    pick: int
    other: bool

    async def play(self, table: Table) -> None:
        """Make it; the answer is the same, or there is none."""
        device = table.device(self.device)
        if not (all_asked := table.asked[device.user]):
            return
        asked = all_asked[-1 - self.pick % len(all_asked)]
        other = self.other and bool(asked.text)
        text = asked.text + "!" if other else asked.text
        try:
            accepted, stream = await device.ask(partial(asked.made, device, text))
        except Refused as refused:
            require(refused, "REQUEST_ID_REUSED", when=other)
            return
        assert not other, "it was another request"
        named = [accepted.reply.name, *(each.name for each in accepted.siblings)]
        assert (accepted.message.name, named) == (asked.said, asked.replies)
        reply = asked.conversation.replies[named[0]]
        device.show(Shown(reply), stream)
