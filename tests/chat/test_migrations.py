"""Migrations keep what is there, and let the release before go on beside them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy.exc import OperationalError
from uuid_utils.compat import uuid7

from deploy.local import postgres
from parley.chat.v1 import conversation_service_pb2 as conversations_pb
from parley.chat.v1 import message_pb2 as message_pb
from parley.chat.v1 import message_service_pb2 as pb
from services.kit.migrate import migrate
from tests.calls import everything
from tests.chat import released
from tests.chat.conftest import Chat
from tests.conftest import address, copy, execute
from tests.doubles.script import Script
from tests.doubles.upstream import Upstream

FIRST = "chat_0001"
STATEMENTS = {
    name: statement for name, statement in vars(released).items() if name.isupper()
}
VALUES: dict[str, Any] = {
    **{key: uuid4() for key in ("user_id", "id", "message", "reply", "request")},
    **{key: [] for key in ("users", "conversations", "messages", "texts", "seqs")},
    **dict.fromkeys(("text", "model", "title"), "x"),
    **dict.fromkeys(("seq", "limit", "input_tokens", "output_tokens"), 1),
    **dict.fromkeys(("parent", "failure"), None),
    "after": UUID(int=0),
    "time": datetime.now(UTC),
    "digest": b"",
    "state": "completed",
}


@dataclass(frozen=True)
class Before:
    """The release before, as its statements make it."""

    connection: psycopg.Connection[dict[str, Any]]
    user: UUID

    def run(self, statement: LiteralString, **values: Any) -> list[dict[str, Any]]:
        """Execute a statement as that release did."""
        cursor = self.connection.execute(
            statement, {**VALUES, "user_id": self.user, **values}
        )
        return cursor.fetchall() if cursor.description else []

    def create(self, title: str = "") -> UUID:
        """Create a conversation."""
        id = uuid7()
        self.run(released.REQUESTS_CLAIM, id=id, reply=None, request=uuid4())
        self.run(released.CONVERSATIONS_CREATE, id=id, title=title)
        self.connection.commit()
        return id

    def begin(self, conversation: UUID, text: str) -> UUID:
        """Store what a user says, and the reply to be; return the reply."""
        values: dict[str, Any] = {"id": conversation, "message": uuid7()}
        values |= {"reply": uuid7(), "request": uuid4(), "text": text, "title": text}
        self.run(released.REQUESTS_CLAIM, **values)
        self.run(released.MESSAGES_USED, **values)
        newest = self.run(released.MESSAGES_NEWEST, **values)
        values["parent"] = newest[0]["id"] if newest else None
        self.run(released.MESSAGES_BRANCH, **values)
        stored = self.run(released.MESSAGES_ADD, **values)
        self.connection.commit()
        return UUID(str(stored[1]["id"]))

    def keep(self, conversation: UUID, reply: UUID, text: str) -> None:
        """Store what is written so far."""
        self.run(
            released.MESSAGES_KEEP,
            users=[self.user],
            conversations=[conversation],
            messages=[reply],
            texts=[text],
            seqs=[2],
        )
        self.connection.commit()

    def end(self, conversation: UUID, reply: UUID, text: str) -> None:
        """Store how a reply ended."""
        ended = self.run(
            released.MESSAGES_END, id=conversation, message=reply, text=text, seq=3
        )
        assert [row["state"] for row in ended] == ["completed"]
        self.connection.commit()

    def texts(self, conversation: UUID) -> list[str]:
        """Return what the messages of a conversation say."""
        page = self.run(
            released.MESSAGES_PAGE, id=conversation, after=UUID(int=0), limit=50
        )
        return [row["text"] for row in page]

    def fail_abandoned(self) -> None:
        """Fail the replies whose lease has run out."""
        self.run(released.REQUESTS_FORGET)
        self.run(released.MESSAGES_FAIL_ABANDONED)
        self.connection.commit()

    def delete(self, conversation: UUID) -> None:
        """Delete a conversation in which no reply is being written."""
        self.run(released.CONVERSATIONS_LOCK, id=conversation)
        assert not self.run(released.CONVERSATIONS_GENERATING, id=conversation)
        self.run(released.CONVERSATIONS_DELETE, id=conversation)
        self.connection.commit()


Connect = Callable[[str, UUID], Before]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Open the release before on a database."""
    opened = []

    def open_(database: str, user: UUID) -> Before:
        opened.append(psycopg.connect(database, row_factory=dict_row))
        return Before(opened[-1], user)

    yield open_
    for connection in opened:
        connection.close()


@pytest.fixture
def first_database(postgres_sockets: Path) -> Iterator[str]:
    """The URL of a database with the tables of the first migration."""
    name = f"first_{uuid4().hex}"
    copy(postgres_sockets, postgres.DATABASE, name)
    url = address(postgres_sockets, "chat", name)
    migrate("chat", url, to=FIRST)
    yield url
    execute(postgres_sockets, "DROP DATABASE {} WITH (FORCE)", name)


def test_what_was_stored_is_kept(first_database: str, connect: Connect):
    before = connect(first_database, uuid4())
    conversation = before.create("Kept")
    reply = before.begin(conversation, "Hello")
    before.end(conversation, reply, "Good day")
    running = before.begin(conversation, "And now?")
    tables = {table: rows(before, table) for table in ("conversations", "messages")}
    requests = rows(before, "requests")
    before.connection.close()

    migrate("chat", first_database)

    after = connect(first_database, before.user)
    for table, kept in {**tables, "requests": requests}.items():
        assert [
            {column: row[column] for column in old}
            for row, old in zip(rows(after, table), kept, strict=True)
        ] == kept
    after.end(conversation, running, "Still here")
    assert after.texts(conversation) == ["Hello", "Good day", "And now?", "Still here"]


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_statement_of_the_release_before_runs_on_the_newest_tables(
    chat_database: str, name: str
):
    with psycopg.connect(chat_database) as connection:
        if name != "CONVERSATIONS_CREATE":
            connection.execute(released.CONVERSATIONS_CREATE, VALUES)
        connection.execute(STATEMENTS[name], VALUES)


async def test_both_releases_serve_the_same_conversations(
    chat: Chat, chat_database: str, connect: Connect
):
    before = connect(chat_database, chat.user)
    theirs = before.create()
    name = f"users/{chat.user}/conversations/{theirs}"

    reply = before.begin(theirs, "Said to the one before")
    before.keep(theirs, reply, "Half")
    running = await message(chat, f"{name}/messages/{reply}")
    before.end(theirs, reply, "Whole")
    ended = await message(chat, f"{name}/messages/{reply}")
    await everything(chat.send(name, "Said to this one"))

    assert (running.state, running.text) == (
        message_pb.Message.STATE_GENERATING,
        "Half",
    )
    assert (ended.state, ended.text) == (message_pb.Message.STATE_COMPLETED, "Whole")
    texts = before.texts(theirs)
    assert texts[:3] == ["Said to the one before", "Whole", "Said to this one"]
    assert [each.text for each in await chat.listed(name)] == texts
    found = await chat.conversations.GetConversation(
        conversations_pb.GetConversationRequest(name=name), metadata=chat.me
    )
    assert found.conversation.title == "Said to the one before"
    before.delete(theirs)
    page = await chat.conversations.ListConversations(
        conversations_pb.ListConversationsRequest(parent=f"users/{chat.user}"),
        metadata=chat.me,
    )
    assert list(page.conversations) == []


async def test_the_release_before_leaves_the_replies_of_this_one_alone(
    chat: Chat, upstream: Upstream, chat_database: str, connect: Connect
):
    upstream.rescript(Script(tokens=("a", "b"), stall_after=1))
    call = chat.send(await chat.conversation())
    await anext(aiter(call))
    await upstream.stalled()

    connect(chat_database, chat.user).fail_abandoned()
    upstream.release()
    last = (await everything(call))[-1].event

    assert last.completed.reply.text == "ab"


def test_a_migration_that_cannot_have_its_lock_leaves_nothing(
    first_database: str, connect: Connect
):
    holder = connect(first_database, uuid4())
    before = tables_of(holder)
    holder.run("LOCK TABLE conversations IN ACCESS SHARE MODE")

    with pytest.raises(OperationalError) as caught:
        migrate("chat", first_database)

    assert isinstance(caught.value.orig, psycopg.errors.LockNotAvailable)
    holder.connection.rollback()
    assert tables_of(holder) == before
    assert holder.run("SELECT version_num FROM alembic_version") == [
        {"version_num": FIRST}
    ]
    holder.connection.rollback()
    migrate("chat", first_database)
    assert tables_of(holder) > before


async def message(chat: Chat, name: str) -> message_pb.Message:
    found = await chat.messages.GetMessage(
        pb.GetMessageRequest(name=name), metadata=chat.me
    )
    return found.message


def rows(before: Before, table: LiteralString) -> list[dict[str, Any]]:
    """Return a table, in an order."""
    found = before.run(f"SELECT * FROM {table} ORDER BY user_id, id")
    before.connection.commit()
    return found


def tables_of(before: Before) -> set[tuple[str, str]]:
    """Name every column of every table."""
    columns = before.run(
        "SELECT table_name, column_name FROM information_schema.columns"
        " WHERE table_schema = current_schema()"
    )
    return {(column["table_name"], column["column_name"]) for column in columns}
