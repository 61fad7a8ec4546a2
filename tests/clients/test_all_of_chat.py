"""Everything that the client offers of chat, against the whole system."""

import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

import parley_client
from parley_client import (
    Accepted,
    Completed,
    Delta,
    Event,
    Message,
    Parley,
    ParleyError,
    Rating,
    Stopped,
)
from tests.canaries.secrets import PASSWORD
from tests.doubles.script import Script, words
from tests.stack import MODEL, Stack

SCRIPT = Script(tokens=words(20))
STALLING = Script(tokens=words(20), stall_after=10)


@pytest.fixture
async def parley(stack: Stack) -> AsyncIterator[Parley]:
    """Somebody who has just signed up, and a model that answers."""
    stack.upstream.rescript(SCRIPT)
    async with parley_client.connect(stack.url) as parley:
        await parley.sign_up(f"{uuid4().hex}@parley.example", PASSWORD)
        yield parley


async def ended(events: AsyncGenerator[Event]) -> Message:
    """Read a reply to its end; return it as it is stored."""
    text = ""
    async for event in events:
        match event:
            case Delta(text=piece):
                text += piece
            case Completed(reply=reply) | Stopped(reply=reply):
                assert reply.text == text
                return reply
    raise AssertionError("the reply has no end")


async def answered(parley: Parley, text: str = "Hi") -> Message:
    """Ask in a new conversation; return the answer."""
    conversation = await parley.conversations.create()
    return await ended(parley.send(conversation, text))


def of(message: Message) -> str:
    """Return the name of a message's conversation."""
    return message.name.partition("/messages/")[0]


async def test_a_reply_is_stopped_and_continued(stack: Stack, parley: Parley) -> None:
    stack.upstream.rescript(STALLING)
    conversation = await parley.conversations.create()
    half = "".join(SCRIPT.tokens[:10])
    seen = ""
    async with aclosing(parley.send(conversation, "Hi")) as events:
        async for event in events:
            match event:
                case Accepted(reply=reply):
                    begun = reply
                case Delta(text=text, seq=seq):
                    seen += text
                    if seen == half:
                        stopped = await parley.messages.stop(begun, last_seen_seq=seq)
                case Stopped(reply=reply):
                    assert reply == stopped
    stack.upstream.rescript(SCRIPT)
    continued = await ended(parley.messages.continue_reply(stopped))

    assert stopped.text == half
    assert continued.text.startswith(half)
    assert len(continued.text) > len(half)
    assert continued.parent_message == stopped.parent_message


async def test_a_reply_is_resumed_regenerated_and_rated(parley: Parley) -> None:
    reply = await answered(parley)

    resumed = await ended(parley.messages.resume(reply))
    other = await ended(parley.messages.regenerate(reply, model=MODEL))
    rated = await parley.messages.rate(
        other, "bad", reasons=["style"], comment="too long"
    )
    taken_back = await parley.messages.rate(other, None)

    assert resumed == await parley.messages.get(reply) == reply
    assert other.parent_message == reply.parent_message
    assert other.name != reply.name
    assert rated.rating == Rating(
        score=Rating.SCORE_BAD, reasons=[Rating.REASON_STYLE], comment="too long"
    )
    assert not taken_back.HasField("rating")


async def test_a_message_is_edited_into_a_branch_and_back(parley: Parley) -> None:
    reply = await answered(parley, "First")

    edited = await ended(parley.messages.edit(reply.parent_message, "Second"))
    there = await parley.conversations.get(of(reply))
    back = await parley.conversations.update(there, current_message=reply)

    assert (await parley.messages.get(edited.parent_message)).text == "Second"
    assert there.current_message == edited.name
    assert back.current_message == reply.name


async def test_a_message_waits_in_the_queue(stack: Stack, parley: Parley) -> None:
    stack.upstream.rescript(STALLING)
    conversation = await parley.conversations.create()
    async with aclosing(parley.send(conversation, "First")) as first:
        await anext(first)
        with pytest.raises(ParleyError) as refused:
            await ended(parley.send(conversation, "Second"))
        queued = parley.messages.send(conversation, "Second", queue=True)
        accepted = await anext(queued)
        stack.upstream.release()
        last = await ended(queued)

    assert refused.value.reason == "REPLY_IN_PROGRESS"
    assert isinstance(accepted, Accepted)
    assert accepted.reply.state == Message.STATE_QUEUED
    assert last.text == SCRIPT.text


async def test_several_models_are_asked_side_by_side(parley: Parley) -> None:
    conversation = await parley.conversations.create()
    events = parley.messages.send(
        conversation, "Hi", model=MODEL, additional_models=["models/other"]
    )
    accepted = await anext(events)
    assert isinstance(accepted, Accepted)
    first = await ended(events)

    (sibling,) = accepted.siblings
    other = await ended(parley.messages.resume(sibling))

    assert other.name == sibling.name != first.name
    assert other.parent_message == first.parent_message
    assert other.text == SCRIPT.text


async def test_conversations_are_kept_in_order(parley: Parley) -> None:
    conversations = parley.conversations
    work = await parley.folders.create("Work")
    play = await parley.folders.rename(work, "Play")
    one, two = [await conversations.create(title=title) for title in ("one", "two")]

    one = await conversations.update(
        one, title="uno", tags=["b", "a"], pinned=True, folder=play
    )
    two = await conversations.update(two, archived=True)
    listed = {
        "pinned": [c.name async for c in conversations.list("pinned")],
        "archived": [c.name async for c in conversations.list("archived")],
        "tag": [c.name async for c in conversations.list(tag="A")],
        "folder": [c.name async for c in conversations.list(folder=play)],
    }
    deleted = await conversations.delete(one)
    gone = [c.name async for c in conversations.list("deleted")]
    back = await conversations.undelete(one)
    out = await conversations.update(one, folder="", pinned=False)
    await parley.folders.delete(play)

    assert (one.title, list(one.tags), one.folder) == ("uno", ["b", "a"], play.name)
    assert listed == {
        "pinned": [one.name],
        "archived": [two.name],
        "tag": [one.name],
        "folder": [one.name],
    }
    assert deleted
    assert deleted.HasField("purge_time")
    assert gone == [one.name]
    assert not back.HasField("delete_time")
    assert (out.folder, out.pinned, out.title) == ("", False, "uno")
    assert [folder async for folder in parley.folders.list()] == []


async def test_a_temporary_conversation_is_not_listed(parley: Parley) -> None:
    temporary = await parley.conversations.create(temporary=True)

    assert temporary.HasField("purge_time")
    assert [c async for c in parley.conversations.list()] == []
    assert await parley.conversations.delete(temporary) is None


async def test_what_was_said_is_found(parley: Parley) -> None:
    reply = await answered(parley, "Where are the aardvarks?")
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    (hit,) = [hit async for hit in parley.search("AARDVARK", end=tomorrow)]
    later = [hit async for hit in parley.search("aardvark", start=tomorrow)]

    assert hit.message == reply.parent_message
    assert [p.text for p in hit.snippet if p.highlighted] == ["aardvarks"]
    assert later == []


async def test_a_link_is_followed_by_anybody_until_it_is_revoked(
    stack: Stack, parley: Parley
) -> None:
    reply = await answered(parley)
    share = await parley.shares.create(of(reply), title="Look")
    for_members = await parley.shares.create(of(reply), signed_in_only=True)

    async with parley_client.connect(stack.url) as nobody:
        shown = await nobody.shares.open(share.token)
        with pytest.raises(ParleyError) as refused:
            await nobody.shares.open(for_members.token)
    member = await parley.shares.open(for_members.token)
    listed = [share async for share in parley.shares.list()]
    await parley.shares.revoke(share)
    with pytest.raises(ParleyError) as revoked:
        await parley.shares.open(share.token)

    assert shown.title == "Look"
    assert [message.text for message in shown.messages] == ["Hi", reply.text]
    assert refused.value.reason == "UNAUTHENTICATED"
    assert member.messages == shown.messages
    assert listed == [for_members, share]
    assert parley.shares.link(share) == f"{stack.url}/shared#{share.token}"
    assert revoked.value.reason == "SHARE_NOT_FOUND"


async def test_what_is_exported_is_imported(parley: Parley, tmp_path: Path) -> None:
    question = "Is this long? " * 2000
    reply = await answered(parley, question)
    file = tmp_path / "parley.json"
    chunks = [chunk async for chunk in parley.transfer.export()]
    padding = b" " * 300_000
    file.write_bytes(b"".join(chunks) + padding)
    uploads: list[tuple[int, int]] = []

    one = parley.transfer.export([of(reply)], format="markdown")
    markdown = b"".join([chunk async for chunk in one]).decode()
    job = await parley.transfer.upload(file, lambda *much: uploads.append(much))
    *_, last = [response async for response in parley.transfer.run(job)]
    again = [response async for response in parley.transfer.run(job)]

    size = file.stat().st_size
    assert len(json.loads(b"".join(chunks))["conversations"]) == 1
    assert reply.text in markdown
    assert uploads[0] == (0, size)
    assert uploads[-1] == (size, size)
    assert len(uploads) == 1 + -(-size // (256 * 1024))
    assert last.done.complete, last.done.problem
    assert (last.imported_conversations, last.imported_messages) == (1, 2)
    assert again[-1].done.complete
    assert len([c async for c in parley.conversations.list()]) == 2


async def test_usage_counts_what_a_reply_cost(parley: Parley) -> None:
    reply = await answered(parley)

    usage = await parley.usage.get()
    (charge,) = [charge async for charge in parley.usage.charges()]

    assert charge.message == reply.name
    used = reply.usage.input_tokens + reply.usage.output_tokens
    assert {budget.tokens.used for budget in usage.budgets} == {used}


async def test_changes_are_watched_from_a_cursor(parley: Parley) -> None:
    async with aclosing(parley.changes.watch()) as changes:
        begun = await anext(changes)
        made = await parley.conversations.create()
        seen = await anext(changes)
    async with aclosing(parley.changes.watch(begun.cursor)) as changes:
        again = [await anext(changes)]
        while not again[-1].events:
            again.append(await anext(changes))

    assert not begun.events
    assert seen.events[0].conversation_created.conversation == made.name
    assert again[-1].events == seen.events


async def test_what_chat_knows_is_erased(parley: Parley) -> None:
    await answered(parley)

    deadline = await parley.erase_data()

    assert deadline > datetime.now(UTC)
    assert [c async for c in parley.conversations.list()] == []
