"""What has to hold when everything has ended."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2 as reasons
from services.chat.messages.model import MAX_ATTEMPTS, attempt_of, first_seq
from tests.chat.devices.device import PATIENCE, Device
from tests.chat.devices.known import EVERYTHING, Conversation, Reply
from tests.chat.devices.steps import pry
from tests.chat.devices.table import WRITING, Table
from tests.chat.events import contents
from tests.chat.sync import patiently
from tests.doubles.script import named

State = message_pb.Message.State


async def settle(table: Table) -> None:
    """Wait until every reply has ended, and read what is stored."""
    table.system.upstream.release()
    await table.system.start_all()
    async with asyncio.timeout(PATIENCE):
        for device in table.devices:
            await device.read_to_the_end()
        for device in {each.user: each for each in table.devices}.values():
            for of in table.conversations[device.user]:
                async for attempt in patiently():
                    with attempt:
                        stored = await listed(device, of)
                        assert not any(each.state in WRITING for each in stored)


async def listed(device: Device, of: Conversation) -> list[message_pb.Message]:
    """Return all messages of a conversation, in pages."""
    found: list[message_pb.Message] = []
    token = ""
    while True:
        request = pb.ListMessagesRequest(parent=of.name, page_size=7, page_token=token)
        page = await device.call(
            lambda request=request: device.messages.ListMessages(  # type: ignore[misc]
                request, metadata=device.me
            )
        )
        found += page.messages
        token = page.next_page_token
        if not token:
            return found


async def check(table: Table) -> None:
    """Check everything that was acknowledged, shown, charged and told."""
    users = dict.fromkeys(device.user for device in table.devices)
    for user in users:
        mine = [device for device in table.devices if device.user == user]
        stranger = next(each for each in table.devices if each.user != user)
        for of in table.conversations[user]:
            everywhere = [await listed(device, of) for device in mine]
            assert all(each == everywhere[0] for each in everywhere)
            check_messages(of, everywhere[0])
            await pry(stranger, of, f"{of.name}/messages/{user}")
        for reply in table.replies(user):
            check_reply(reply)
            check_views(reply)
        check_calls(table, user)


def check_messages(of: Conversation, stored: Sequence[message_pb.Message]) -> None:
    """What was acknowledged is there once, as it was, in order, and nothing else."""
    names = [message.name for message in stored]
    assert names == sorted(set(names)), "once, and in order"
    assert set(names) == set(of.messages), "acknowledged, and nothing else"
    said = [m for m in stored if m.role == message_pb.ROLE_USER]
    assert [(m.name, m.text, m.parent_message) for m in said] == [
        (each.name, each.text, each.parent) for each in of.said.values()
    ]
    seen = {""}
    for message in stored:
        assert message.parent_message in seen, "a message follows its parent"
        seen.add(message.name)
        if reply := of.replies.get(message.name):
            assert message.role == message_pb.ROLE_ASSISTANT
            assert message.parent_message == reply.said.name
            assert message.rating.score == reply.rating
            reply.stored.CopyFrom(message)


def check_reply(reply: Reply) -> None:
    """A reply ended, in a way that there is a reason for, with the text of that."""
    stored, script = reply.stored, named(reply.model)
    assert script
    assert reply.whole.startswith(stored.text), reply
    assert stored.text.startswith(reply.beginning) or reply.stops, reply
    match stored.state:
        case State.STATE_COMPLETED:
            assert stored.text == reply.whole, reply
            assert stored.usage.output_tokens == len(script.tokens), reply
        case State.STATE_STOPPED:
            check_stop(reply)
        case State.STATE_FAILED:
            broken = script.cut_after is not None or script.status != 200
            tired = stored.attempt > MAX_ATTEMPTS
            interrupted = reasons.ERROR_REASON_REPLY_INTERRUPTED
            assert broken or (tired and stored.failure_reason == interrupted), reply
        case _:
            raise AssertionError(f"it has not ended: {reply}")


def check_stop(reply: Reply) -> None:
    """Exactly what a user saw is kept, of the attempt that was stopped."""
    stored = reply.stored
    if stored.failure_reason == reasons.ERROR_REASON_BUDGET_EXHAUSTED:
        return
    assert stored.failure_reason == reasons.ERROR_REASON_UNSPECIFIED, reply
    assert reply.stops, f"nobody stopped it: {reply}"
    if EVERYTHING in reply.stops or stored.attempt > 1:
        return
    kept = {seq - first_seq(1) for seq in reply.stops if attempt_of(seq) == 1}
    assert len(stored.text) in kept, reply


def check_views(reply: Reply) -> None:
    """Every device has shown what is stored."""
    for shown in reply.shown:
        assert shown.ended, shown
        assert shown.text == reply.stored.text, (shown, reply.stored)
    for final in reply.finals:
        final.rating.CopyFrom(reply.stored.rating)
        if not reply.stored.HasField("rating"):
            final.ClearField("rating")
        assert final == reply.stored, "it changed after its end"


def check_calls(table: Table, user: UUID) -> None:
    """No attempt asks a model twice, and each is shown the whole branch."""
    replies = table.replies(user)
    attempts: Counter[str] = Counter()
    branches: dict[str, list[list[str]]] = {}
    for reply in replies:
        attempts[reply.model] += reply.stored.attempt
        of = table.of(reply.name, user)
        texts = [*of.branch(reply.said), reply.beginning]
        branches.setdefault(reply.model, []).append([text for text in texts if text])
    asked: Counter[str] = Counter()
    for request in table.system.upstream.requests:
        model = request.body["model"]
        if model in attempts:
            asked[model] += 1
            shown = contents(request.body["messages"])
            assert shown in branches[model], (shown, branches[model])
    for model, times in asked.items():
        assert times <= attempts[model], f"{model} was asked {times} times"
    for reply in replies:
        if reply.stored.state == State.STATE_COMPLETED:
            assert asked[reply.model], "it was made up"
