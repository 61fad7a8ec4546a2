"""A process that writes a reply ends: another one finishes it, once."""

import asyncio
import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from uuid import uuid4

import grpc
import psycopg
import pytest

from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2 as reasons
from tests.calls import everything
from tests.chat.conftest import Chat
from tests.chat.events import TERMINAL, assert_no_gap, kinds, reply_of, text_of
from tests.chat.replicas import Replica, keys_serving, replica
from tests.doubles.script import words
from tests.doubles.upstream import Upstream
from tests.edge.patience import until
from tests.identity import Identity, bearing
from tests.serving import channel_to


@pytest.fixture
async def replicas(
    tmp_path: Path,
    chat_database: str,
    redis_url: str,
    llm_address: str,
    identity: Identity,
) -> AsyncIterator[tuple[Replica, Replica]]:
    """Two processes of chat."""
    async with keys_serving(identity) as keys:
        start = partial(
            replica,
            folder=tmp_path,
            identity=identity,
            database_url=chat_database,
            redis_url=redis_url,
            auth_address=keys,
            llm_address=llm_address,
        )
        async with start("chat-1") as first, start("chat-2") as second:
            yield first, second


@pytest.fixture
async def two(
    replicas: tuple[Replica, Replica], identity: Identity
) -> AsyncIterator[tuple[Chat, Chat]]:
    """The same user at both processes; there is no third, which could be quicker."""
    first, second = replicas
    user = uuid4()
    me = bearing(identity.token(user))
    async with channel_to(first.address) as one, channel_to(second.address) as other:
        yield Chat(user, me, one), Chat(user, me, other)


async def begun(
    chat: Chat, upstream: Upstream, *, seen: int = 7
) -> tuple[list[pb.SendMessageResponse], AsyncIterator[pb.SendMessageResponse]]:
    """Begin a reply that stalls after some tokens; return the events up to there."""
    upstream.rescript(replace(upstream.script, tokens=words(40), stall_after=seen))
    so_far = "".join(upstream.script.tokens[:seen])
    call = aiter(chat.send(await chat.conversation()))
    events: list[pb.SendMessageResponse] = []
    while text_of(events) != so_far:
        events.append(await anext(call))
    return events, call


async def cut(call: AsyncIterator[pb.SendMessageResponse]) -> list[str | None]:
    """Read a stream until it breaks off; return the kinds of its events."""
    events = []
    try:
        async for event in call:
            events.append(event)
    except grpc.aio.AioRpcError:
        pass
    return kinds(events)


@pytest.mark.asvs("16.5.2")
async def test_another_process_finishes_the_reply_of_one_that_was_killed(
    two: tuple[Chat, Chat], replicas: tuple[Replica, Replica], upstream: Upstream
):
    events, call = await begun(two[0], upstream)
    name, seq = events[0].event.accepted.reply.name, events[-1].event.seq

    await replicas[0].kill()
    upstream.release()
    rest = await everything(two[1].resume(name, seq))

    assert not TERMINAL & {*await cut(call)}
    assert kinds(rest)[-1] == "completed"
    assert rest[-1].event.completed.reply.attempt == 2
    assert "restarted" in kinds(rest)
    assert_no_gap(rest, seq)
    assert text_of([*events, *rest]) == upstream.script.text
    assert reply_of(rest[-1]) == (await two[1].listed(name.split("/messages")[0]))[-1]
    assert upstream.counts["asked"] == 2


async def test_a_process_that_comes_back_takes_its_own_replies_over(
    two: tuple[Chat, Chat], replicas: tuple[Replica, Replica], upstream: Upstream
):
    await replicas[1].kill()
    events, _ = await begun(two[0], upstream)
    name, seq = events[0].event.accepted.reply.name, events[-1].event.seq

    await replicas[0].kill()
    upstream.release()
    await replicas[0].start()
    rest = await everything(two[0].resume(name, seq))

    assert kinds(rest)[-1] == "completed"
    assert text_of([*events, *rest]) == upstream.script.text


async def test_a_process_that_is_asked_to_end_hands_its_replies_over(
    two: tuple[Chat, Chat], replicas: tuple[Replica, Replica], upstream: Upstream
):
    events, call = await begun(two[0], upstream)
    name, seq = events[0].event.accepted.reply.name, events[-1].event.seq

    await replicas[0].terminate()
    upstream.release()
    rest = await everything(two[1].resume(name, seq))

    assert not TERMINAL & {*await cut(call)}
    assert kinds(rest)[-1] == "completed"
    assert text_of([*events, *rest]) == upstream.script.text


async def test_a_reply_that_can_end_in_time_ends_where_it_is(
    two: tuple[Chat, Chat], replicas: tuple[Replica, Replica], upstream: Upstream
):
    replicas[0].environment["CHAT_DRAIN_SECONDS"] = "60"
    await replicas[0].kill()
    await replicas[0].start()
    _, call = await begun(two[0], upstream)

    upstream.release()
    await replicas[0].terminate()
    rest = [event async for event in call]

    assert kinds(rest)[-1] == "completed"
    assert reply_of(rest[-1]).attempt == 1


async def test_a_reply_that_kills_every_process_fails_after_the_third(
    two: tuple[Chat, Chat], replicas: tuple[Replica, Replica], upstream: Upstream
):
    await replicas[1].kill()
    events, _ = await begun(two[0], upstream)
    name = events[0].event.accepted.reply.name
    for attempt in (2, 3):
        await replicas[0].kill()
        await replicas[0].start()
        await upstream.asked(attempt)
        await upstream.stalled(attempt)

    await replicas[0].kill()
    await replicas[0].start()
    rest = await everything(two[0].resume(name))

    failed = rest[-1].event.failed
    assert failed.reason == reasons.ERROR_REASON_REPLY_INTERRUPTED
    assert upstream.script.text.startswith(failed.reply.text)
    assert upstream.counts["asked"] == 3
    upstream.release()


# So that nobody is taken for dead before a test says so, however busy the machine is.
ENDLESS_LEASE = """
    CREATE FUNCTION endless() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        NEW.expire_time := 'infinity';
        RETURN NEW;
    END $$;
    CREATE TRIGGER endless BEFORE INSERT OR UPDATE ON replicas
        FOR EACH ROW WHEN (NEW.name = 'chat-1') EXECUTE FUNCTION endless();
    UPDATE replicas SET expire_time = expire_time;
"""
STOPPING = "SELECT FROM messages WHERE stop_seq IS NOT NULL"


async def test_a_reply_whose_process_is_dead_can_be_stopped(
    two: tuple[Chat, Chat],
    replicas: tuple[Replica, Replica],
    upstream: Upstream,
    chat_database: str,
):
    with psycopg.connect(chat_database, autocommit=True) as database:
        database.execute(ENDLESS_LEASE)
        events, _ = await begun(two[0], upstream)
        name = events[0].event.accepted.reply.name
        await anext(aiter(two[1].resume(name)))

        await replicas[0].kill()
        stopping = asyncio.create_task(two[1].stop(name, last_seen_seq=1 + 4))
        await until(lambda: database.execute(STOPPING).rowcount == 1)
        database.execute("DELETE FROM replicas WHERE name = 'chat-1'")
        await stopping
    stopped = await two[1].get(name)

    assert stopped.state == message_pb.Message.STATE_STOPPED
    assert stopped.text == text_of(events)[:4]
    assert upstream.counts["asked"] == 1
    upstream.release()


async def test_a_reply_that_was_stored_and_never_begun_is_picked_up(
    two: tuple[Chat, Chat], upstream: Upstream, chat_database: str
):
    reply = await two[0].completed(await two[0].conversation())
    with psycopg.connect(chat_database) as connection:
        # As if Postgres had stored it, and gone away before it could say so.
        connection.execute(
            "UPDATE messages SET state = 'generating', end_time = NULL, text = '',"
            " seq = 1, holder = (SELECT id FROM replicas WHERE name = 'chat-1')"
            " WHERE id = %s",
            (reply.name.rpartition("/")[2],),
        )

    events = await everything(two[1].resume(reply.name))

    assert kinds(events)[-1] == "completed"
    assert reply_of(events[-1]).attempt == 2
    assert text_of(events) == upstream.script.text


LEASE = "SELECT expire_time, expire_time < now() FROM replicas WHERE name = %s"


@dataclass(frozen=True)
class Lease:
    """What a process has to renew."""

    name: str
    database: psycopg.Connection

    def read(self) -> tuple[object, bool]:
        """Return until when it runs, and whether it has run out."""
        found = self.database.execute(LEASE, (self.name,)).fetchone()
        return found or (None, False)

    async def renewed(self, times: int) -> None:
        """Wait until it was renewed so often."""
        for _ in range(times):
            before = self.read()[0]
            await until(partial(self._differs, before))

    def _differs(self, before: object) -> bool:
        return self.read()[0] != before

    async def run_out(self) -> None:
        """Wait until it has run out."""
        await until(lambda: self.read()[1])


async def test_a_process_that_was_held_up_itself_takes_no_other_for_dead(
    replicas: tuple[Replica, Replica],
    upstream: Upstream,
    identity: Identity,
    chat_database: str,
):
    one, other = replicas
    async with channel_to(one.address) as channel:
        user = uuid4()
        chat = Chat(user, bearing(identity.token(user)), channel)
        _, call = await begun(chat, upstream)
        with psycopg.connect(chat_database, autocommit=True) as database:
            of_one, of_other = Lease("chat-1", database), Lease("chat-2", database)
            await of_other.renewed(times=7)  # it would take over by now
            one.send(signal.SIGSTOP)
            other.send(signal.SIGSTOP)
            await of_one.run_out()
            await of_other.run_out()

            other.send(signal.SIGCONT)
            await of_other.renewed(times=2)
            one.send(signal.SIGCONT)
        upstream.release()
        rest = [event async for event in call]

    assert rest[-1].event.completed.reply.attempt == 1
    assert upstream.counts["asked"] == 1
