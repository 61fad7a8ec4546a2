"""ErasureService: every trace of a user goes, and nobody else's."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from uuid_utils.compat import uuid7

from services.chat.erasure.store import LIMIT
from services.chat.messages.ports import stops_topic
from tests.calls import refusal
from tests.chat.erasing import NOT_OF_USERS, Erasable, hold, me, other, patiently

__all__ = ["me", "other"]


@pytest.mark.asvs("14.2.4", "14.2.7")
async def test_nothing_is_left_of_a_user_in_any_table_but_that_it_was_erased(
    me: Erasable, other: Erasable
):
    for user in (me, other):
        await user.fill()
    before = await me.found()
    unfilled = {table for table, count in before.items() if not count}
    assert unfilled == NOT_OF_USERS | {"erasures"}, "fill these too"

    await me.erase()
    left = await me.until_erased()

    # The number of the last event stays, so that those to come follow it; and what is
    # used of the running budgets, so that nobody erases that.
    assert {table: count for table, count in left.items() if count} == {
        "events": 1,
        "event_heads": 1,
        "usage_periods": 2,
    }
    assert await me.events() == [(2, "user_data_erased")]
    assert await other.found() == before


async def test_what_llm_still_does_is_counted_before_it_is_forgotten(me: Erasable):
    await me.fill()
    await me.sql("UPDATE usage_periods SET reserved_tokens = 15, reserved_micros = 20")

    await me.erase()
    await me.until_erased()

    sums = """SELECT period, used_tokens, used_micros, reserved_tokens, reserved_micros
        FROM usage_periods ORDER BY period"""
    assert await me.sql(sums) == [("day", 10, 20, 5, 0), ("month", 10, 20, 5, 0)]


async def test_the_deadline_is_an_hour_from_the_first_request(me: Erasable):
    await hold(me, await me.fill())
    before = datetime.now(UTC)

    first = await me.erase()
    again = await me.erase()

    assert before < first - timedelta(hours=1) < datetime.now(UTC)
    assert again == first


async def test_conversations_and_links_are_out_of_sight_at_once(me: Erasable):
    await hold(me, await me.fill())

    await me.erase()

    assert await me.sql("SELECT 1 FROM shares") == []
    assert await me.sql("SELECT 1 FROM share_tokens") == []
    assert await me.sql(
        "SELECT delete_time IS NOT NULL, purge_time <= now() FROM conversations"
    ) == [(True, True)]


async def test_replies_are_stopped_and_erased_when_they_have(me: Erasable):
    conversation = await me.fill()
    holder = await hold(me, conversation)
    told = asyncio.Event()

    with me.signals.listening(stops_topic(holder), lambda _: told.set()):
        await me.erase()
        await told.wait()
    stopping = await me.sql("SELECT stop_seq IS NOT NULL, state FROM messages")
    # What a replica does when a reply ends, all at once.
    await me.sql(
        """WITH ended AS (
            UPDATE messages SET state = 'stopped', end_time = now()
        )
        INSERT INTO charges (user_id, id, conversation_id, model, input_tokens,
            output_tokens, cost_micros, estimated, create_time)
        VALUES (%(user)s, gen_random_uuid(), %(conversation)s, '', 1, 1, 1, false,
            clock_timestamp())""",
        conversation=conversation,
    )
    left = await me.until_erased()

    assert (True, "generating") in stopping
    assert left["messages"] == left["charges"] == 0


async def test_a_reply_that_nobody_stops_is_erased_all_the_same(me: Erasable):
    await hold(me, await me.fill())
    await me.erase()

    await me.sql(
        "UPDATE conversations SET purge_time = purge_time - interval '1 minute'"
    )

    assert (await me.until_erased())["messages"] == 0


async def test_a_queued_reply_never_begins(me: Erasable):
    conversation = await me.fill()
    await hold(me, conversation)
    await hold(me, conversation, state="queued")

    await me.erase()

    found = await me.sql("SELECT state FROM messages ORDER BY state")
    assert [state for (state,) in found] == ["completed", "generating", "stopped"]


async def test_a_user_who_goes_on_keeps_what_is_new(me: Erasable):
    held = await me.fill()
    await hold(me, held)
    await me.erase()

    # While the old things are being erased; the import of something from long ago.
    new = uuid7()
    await me.sql(
        """INSERT INTO conversations (user_id, id, title, create_time, update_time)
        VALUES (%(user)s, %(id)s, 'New', now() - interval '1 year', now())""",
        id=new,
    )
    await me.sql(
        """INSERT INTO folders (user_id, id, display_name, create_time)
        VALUES (%(user)s, gen_random_uuid(), 'New', now())"""
    )
    await me.sql("UPDATE messages SET state = 'stopped', end_time = now()")
    left = await me.until_erased()

    assert await me.sql("SELECT id, delete_time FROM conversations") == [(new, None)]
    assert left["folders"] == 1


async def test_a_transaction_that_was_under_way_leaves_nothing(me: Erasable):
    await me.fill()
    async with await psycopg.AsyncConnection.connect(me.url) as late:
        await late.execute("SELECT now()")
        values = {"user": me.user, "id": uuid7()}
        await me.erase()
        async for attempt in patiently():
            with attempt:
                assert (await me.found())["conversations"] == 0
        await late.execute(
            """INSERT INTO conversations (user_id, id, title, create_time, update_time)
            VALUES (%(user)s, %(id)s, 'Late', now(), now())""",
            values,
        )
        await late.execute(
            """INSERT INTO folders (user_id, id, display_name, create_time)
            VALUES (%(user)s, %(id)s, 'Late', now())""",
            values,
        )
        assert (await me.found())["erasures"] == 1

    left = await me.until_erased()

    assert left["conversations"] == left["folders"] == 0


async def test_what_is_written_to_a_closing_account_is_erased_too(me: Erasable):
    await me.fill()
    await me.erase(closing_account=True)
    # With a reply that is being written. In one transaction, because an empty one may
    # be gone at once.
    await me.sql(
        """WITH said AS (
            INSERT INTO conversations (user_id, id, title, create_time, update_time)
            VALUES (%(user)s, %(conversation)s, 'Late', now(), now())
        )
        INSERT INTO messages (user_id, conversation_id, id, role, text, state, model,
            seq, create_time, holder)
        VALUES (%(user)s, %(conversation)s, gen_random_uuid(), 'assistant', 'Once',
            'generating', '', 5, now(), gen_random_uuid())""",
        conversation=uuid7(),
    )

    # The time in which access tokens may still be valid is over.
    await me.sql("UPDATE erasures SET until_time = now(), look_time = now()")
    await me.sql("UPDATE messages SET state = 'stopped', end_time = now()")
    left = await me.until_erased()

    assert left["conversations"] == 0
    assert await me.events() == [(2, "user_data_erased")]


async def test_a_closing_account_is_not_done_with_while_tokens_are_valid(me: Erasable):
    await me.fill()
    await me.erase(closing_account=True)

    async for attempt in patiently():
        with attempt:
            found = await me.found()
            assert found["conversations"] == found["folders"] == 0

    assert await me.sql(
        "SELECT until_time > now() + interval '9 minutes' FROM erasures"
    ) == [(True,)]
    assert await me.events() == []


async def test_many_rows_are_erased_in_parts(me: Erasable):
    conversation = await me.fill()
    await me.sql(
        """INSERT INTO messages (user_id, conversation_id, id, role, text, state, model,
            seq, create_time, end_time)
        SELECT %(user)s, %(conversation)s, gen_random_uuid(), 'user', 'Hi', 'completed',
            '', 0, now(), now()
        FROM generate_series(1, %(count)s)""",
        conversation=conversation,
        count=2 * LIMIT + 1,
    )
    await me.sql(
        """INSERT INTO requests (user_id, id, digest, create_time)
        SELECT %(user)s, gen_random_uuid(), '', now()
        FROM generate_series(1, %(count)s)""",
        count=2 * LIMIT + 1,
    )

    await me.erase()
    left = await me.until_erased()

    assert left["messages"] == left["requests"] == 0


async def test_nobody_erases_the_data_of_another(me: Erasable, other: Erasable):
    await me.fill()
    before = await me.found()

    refused = await refusal(replace(me, me=other.me).erase())

    assert refused.reason == "FORBIDDEN"
    assert await me.found() == before


async def test_one_whose_erasure_fails_holds_up_no_other(me: Erasable, other: Erasable):
    for user in (me, other):
        await user.fill()
    # A defect: something that may not be deleted.
    await me.sql(
        """CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE 'no'; END $$"""
    )
    await me.sql(
        sql.SQL(
            "CREATE TRIGGER refuse BEFORE DELETE ON folders FOR EACH ROW"
            " WHEN (OLD.user_id = {}) EXECUTE FUNCTION refuse()"
        ).format(sql.Literal(me.user))
    )

    await me.erase()
    await other.erase()
    await other.until_erased()

    assert (await me.found())["folders"] == 1
    await me.sql("DROP TRIGGER refuse ON folders")
    assert (await me.until_erased())["folders"] == 0
