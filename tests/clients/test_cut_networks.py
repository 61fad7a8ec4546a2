"""What goes on for long survives a network that is cut."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

import parley_client
from parley_client import Parley, RunImportResponse
from tests.canaries.secrets import PASSWORD
from tests.clients.relay import Relay
from tests.stack import Stack


@pytest.fixture
async def relay(stack: Stack) -> AsyncIterator[Relay]:
    """A network to the edge."""
    port = urlsplit(stack.url).port
    assert port
    async with Relay.to(port) as relay:
        yield relay


@pytest.fixture
async def parley(relay: Relay) -> AsyncIterator[Parley]:
    """Somebody on that network who has just signed up."""
    async with parley_client.connect(relay.url) as parley:
        await parley.sign_up(f"{uuid4().hex}@parley.example", PASSWORD)
        yield parley


async def test_watching_misses_nothing(
    stack: Stack, relay: Relay, parley: Parley
) -> None:
    async with aclosing(parley.changes.watch()) as changes:
        await anext(changes)
        made = [(await parley.conversations.create()).name]
        seen = list((await anext(changes)).events)
        relay.cut()
        made.append((await created_at_once(parley)).name)
        while len(seen) < len(made):
            seen += (await anext(changes)).events

    assert [event.conversation_created.conversation for event in seen] == made
    assert [event.seq for event in seen] == [1, 2]


async def created_at_once(parley: Parley) -> parley_client.Conversation:
    """Create a conversation, however long the network takes to come back."""
    while True:
        try:
            return await parley.conversations.create()
        except parley_client.ParleyError as error:
            if not error.temporary:
                raise


async def test_an_import_is_uploaded_and_read_to_its_end(
    relay: Relay, parley: Parley, tmp_path: Path
) -> None:
    source = Path(__file__).parents[1] / "chat/exports/parley.json"
    file = tmp_path / "parley.json"
    file.write_bytes(source.read_bytes() + b" " * 600_000)
    cuts = 0

    def cut(done: int, size: int) -> None:
        nonlocal cuts
        if done < size:
            relay.cut()
            cuts += 1

    job = await parley.transfer.upload(file, cut)
    last = RunImportResponse()
    async for response in parley.transfer.run(job):
        if not last.size_bytes:
            relay.cut()
        last = response

    expected = json.loads(source.read_bytes())["conversations"]
    listed = [one async for one in parley.conversations.list()]
    listed += [one async for one in parley.conversations.list("archived")]
    assert cuts == 3
    assert last.done.complete
    assert last.imported_conversations == len(expected) == len(listed)
