"""What everybody was told, and charged, adds up to what is stored."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import psycopg

from parley.chat.v1 import usage_service_pb2 as pb
from parley.event.v1 import event_pb2 as event_pb
from services.chat.messages.wire import STATES
from tests.chat.devices.device import Device
from tests.chat.devices.known import Reply
from tests.chat.devices.table import Caused, Table
from tests.chat.sync import patiently

HEAD = "SELECT coalesce(max(seq), 0) FROM events WHERE user_id = %s"
SUMS = """
    SELECT period, sum(used_tokens), sum(used_micros), sum(reserved_tokens),
        sum(reserved_micros)
    FROM usage_periods WHERE user_id = %s GROUP BY period
"""
NAMES = {
    "message_created": "message",
    "message_rated": "message",
    "reply_ended": "reply",
}
MILLION = 1_000_000
INPUT, OUTPUT = 100_000, 700_000  # the prices, in micro-USD for a million tokens


async def check_charges(table: Table, device: Device) -> None:
    """Each reply is charged once, what it says; nothing remains set aside."""
    replies = {reply.name: reply for reply in table.replies(device.user)}
    charged: set[str] = set()
    for charge in await charges(device):
        stored = replies[charge.message].stored
        assert charge.message not in charged, "charged twice"
        charged.add(charge.message)
        for name in ("input_tokens", "output_tokens", "cost_micros", "estimated"):
            assert getattr(charge, name) == getattr(stored.usage, name), (
                charge,
                stored,
            )
    tokens = micros = 0
    for name, reply in replies.items():
        usage = reply.stored.usage
        used = usage.input_tokens * INPUT + usage.output_tokens * OUTPUT
        assert usage.cost_micros == -(-used // MILLION), reply
        assert name in charged or not (usage.input_tokens or usage.output_tokens)
        tokens += usage.input_tokens + usage.output_tokens
        micros += usage.cost_micros
    with psycopg.connect(table.system.database_url) as connection:
        rows = connection.execute(SUMS, (device.user,)).fetchall()
    assert all(row[1:] == (tokens, micros, 0, 0) for row in rows), (rows, tokens)
    assert rows or not tokens


async def charges(device: Device) -> list[pb.Charge]:
    """Return all charges of a user, in pages."""
    found: list[pb.Charge] = []
    request = pb.ListChargesRequest(parent=f"users/{device.user}", page_size=5)
    while True:
        page = await device.call(
            lambda: device.usage.ListCharges(request, metadata=device.me)
        )
        found += page.charges
        request.page_token = page.next_page_token
        if not request.page_token:
            return found


async def check_changes(table: Table, user: UUID) -> None:
    """Every device is told everything of its user's, once, in order, and no more."""
    mine = [device for device in table.devices if device.user == user]
    with psycopg.connect(table.system.database_url) as connection:
        ((head,),) = connection.execute(HEAD, (user,)).fetchall()
    async for attempt in patiently():
        table.require_well()
        with attempt:
            assert all(len(device.changes) >= head for device in mine)
    first = mine[0].changes
    assert [event.seq for event in first] == list(range(1, head + 1))
    assert len({event.id for event in first}) == head
    assert all(device.changes == first for device in mine)
    assert {event.user for event in first} == {f"users/{user}"}
    told = [caused(event) for event in first]
    ended = [event.reply_ended for event in first if event.HasField("reply_ended")]
    assert [each for each in told if each[0] != "reply_ended"] == table.caused[user]
    assert sorted(each.reply for each in ended) == sorted(
        reply.name for reply in table.replies(user)
    )
    replies = {reply.name: reply for reply in table.replies(user)}
    for each in ended:
        check_told(each, replies[each.reply])


def check_told(told: event_pb.ReplyEnded, reply: Reply) -> None:
    """What is told of a reply is so."""
    stored = reply.stored
    assert STATES[told.state] == stored.state, (told, stored)
    assert told.input_tokens == stored.usage.input_tokens, (told, stored)
    assert told.output_tokens == stored.usage.output_tokens, (told, stored)
    assert told.cost_micros == stored.usage.cost_micros, (told, stored)


def caused(event: event_pb.Event) -> Caused:
    """Say an event as the table remembers it."""
    kind = str(event.WhichOneof("event"))
    what: Any = getattr(event, kind)
    replies = what.replies if kind == "message_created" else ()
    return (kind, getattr(what, NAMES.get(kind, "conversation")), *replies)
