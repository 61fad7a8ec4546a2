"""Whose replies a process takes over."""

from collections.abc import AsyncIterator
from uuid import UUID

import psycopg
import pytest
from uuid_utils.compat import uuid7

from services.chat.messages.store.replica import PostgresReplica
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Limits
from services.kit.postgres import Database
from services.kit.tokens import estimate_turns

HOLD = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%(user)s, %(conversation)s, '', now(), now());
    INSERT INTO messages (user_id, conversation_id, id, role, text, state, model, seq,
        create_time, end_time)
    VALUES (%(user)s, %(conversation)s, %(said)s, 'user', 'Hi', 'completed', '', 0,
        now(), now());
    INSERT INTO messages (user_id, conversation_id, id, parent_id, role, text, state,
        model, seq, create_time, holder)
    VALUES (%(user)s, %(conversation)s, %(reply)s, %(said)s, 'assistant', '',
        'generating', '', 1, now(), %(holder)s)
"""
CONTINUE = """
    INSERT INTO messages (user_id, conversation_id, id, parent_id, role, text, state,
        model, seq, create_time, end_time)
    SELECT user_id, conversation_id, %(broken)s, parent_id, role, %(text)s, 'stopped',
        '', 1, now(), now()
    FROM messages WHERE id = %(reply)s;
    UPDATE messages SET continues = %(broken)s WHERE id = %(reply)s
"""
RUN_OUT = "UPDATE replicas SET expire_time = now() WHERE id = ANY (%s)"


@pytest.fixture
async def replicas(
    chat_database: str,
) -> AsyncIterator[tuple[PostgresReplica, PostgresReplica]]:
    """What two processes store."""
    budgets = Budgets(Limits(), {})
    async with Database.connect(chat_database) as database:
        one = PostgresReplica(database, name="chat-1", budgets=budgets)
        other = PostgresReplica(database, name="chat-2", budgets=budgets)
        await one.renew()
        await other.renew()
        yield one, other


@pytest.fixture
def reply(
    chat_database: str, replicas: tuple[PostgresReplica, PostgresReplica]
) -> UUID:
    """A reply that the first one writes."""
    ids = {name: uuid7() for name in ("user", "conversation", "said", "reply")}
    with psycopg.connect(
        chat_database, cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(HOLD, {**ids, "holder": replicas[0].id})
    return ids["reply"]


def run_out(database: str, *replicas: PostgresReplica) -> None:
    with psycopg.connect(database) as connection:
        connection.execute(RUN_OUT, ([each.id for each in replicas],))


async def test_the_replies_of_a_process_whose_lease_has_run_out_are_taken_over(
    chat_database: str,
    replicas: tuple[PostgresReplica, PostgresReplica],
    reply: UUID,
):
    one, other = replicas
    before = await other.adopt(10, strangers=True)
    run_out(chat_database, one)

    adopted = await other.adopt(10, strangers=True)

    assert not before
    assert [begun.reply.id for begun in adopted] == [reply]


async def test_a_process_whose_own_lease_has_run_out_takes_over_nothing(
    chat_database: str,
    replicas: tuple[PostgresReplica, PostgresReplica],
    reply: UUID,
):
    one, other = replicas
    # Both were held up, this one between looking at the time and taking over.
    run_out(chat_database, one, other)

    assert not await other.adopt(10, strangers=True)


async def test_what_a_reply_goes_on_from_is_foreseen_when_it_is_taken_over(
    chat_database: str,
    replicas: tuple[PostgresReplica, PostgresReplica],
    reply: UUID,
):
    one, other = replicas
    values = {"reply": reply, "broken": uuid7(), "text": "word" * 1_000}
    with psycopg.connect(
        chat_database, cursor_factory=psycopg.ClientCursor
    ) as connection:
        connection.execute(CONTINUE, values)
    run_out(chat_database, one)

    (begun,) = await other.adopt(10, strangers=True)

    assert begun.foreseen == estimate_turns(["Hi", begun.prefix])
    assert len(begun.prefix) == 4_000
