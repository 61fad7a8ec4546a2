"""Writing many conversations at once, in a transaction that is open."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from uuid_utils.compat import uuid7

from services.chat.conversations.model import MAX_FOLDERS, folded
from services.chat.messages.model import first_seq
from services.chat.outbox.model import Event
from services.chat.transfer.model import Tree, Turn

CONVERSATIONS: LiteralString = """
    COPY conversations (
        user_id, id, title, titled_by, create_time, update_time, archived, pinned, tags,
        tag_keys, folder_id, current_message_id
    ) FROM STDIN
"""

MESSAGES: LiteralString = """
    COPY messages (
        user_id, conversation_id, id, parent_id, role, text, state, model, failure,
        input_tokens, output_tokens, cost_micros, estimated, seq, attempt, rating,
        rating_reasons, rating_comment, attachments, beside, create_time,
        first_token_time, end_time
    ) FROM STDIN
"""

# As who makes a folder does: one of a user at a time, so that none is one too many.
QUEUE: LiteralString = """
    SELECT pg_advisory_xact_lock(hashtextextended('folders/' || %(user_id)s::text, 0))
"""

FOLDERS: LiteralString = """
    SELECT id, display_name FROM folders
    WHERE user_id = %(user_id)s AND display_name = ANY (%(names)s)
    ORDER BY id DESC FOR KEY SHARE
"""

ADD_FOLDER: LiteralString = """
    INSERT INTO folders (user_id, id, display_name, create_time)
    SELECT %(user_id)s, %(id)s, %(display_name)s, now()
    WHERE (SELECT count(*) FROM folders WHERE user_id = %(user_id)s) < %(maximum)s
"""

# One statement with all the messages of a large conversation would take too long.
TOGETHER = 500
SIZE_TOGETHER = 2 * 1024 * 1024

Row = tuple[Any, ...]


async def write(
    connection: AsyncConnection, user_id: UUID, trees: Sequence[Tree]
) -> list[Event]:
    """Store conversations under new ids; return what is to be recorded of it, last."""
    folders, events = await folders_of(connection, user_id, trees)
    conversations: list[Row] = []
    messages: list[tuple[int, Row]] = []
    for tree in trees:
        id, ids = uuid7(), {turn.key: uuid7() for turn in tree.turns}
        conversations.append(
            conversation_row(user_id, id, tree, ids=ids, folders=folders)
        )
        messages += [
            (turn.size, message_row(user_id, id, turn, ids=ids)) for turn in tree.turns
        ]
        events.append(
            Event(user_id=user_id, kind="conversation_created", conversation_id=id)
        )
    await copy(connection, CONVERSATIONS, conversations)
    for together in batches(messages):
        await copy(connection, MESSAGES, together)
    return events


async def copy(
    connection: AsyncConnection, statement: LiteralString, rows: Sequence[Row]
) -> None:
    """Write rows."""
    async with connection.cursor() as cursor, cursor.copy(statement) as copying:
        for row in rows:
            await copying.write_row(row)


async def folders_of(
    connection: AsyncConnection, user_id: UUID, trees: Sequence[Tree]
) -> tuple[dict[str, UUID], list[Event]]:
    """Find the folders by their names, and make those that are missing."""
    names = list(dict.fromkeys(tree.folder for tree in trees if tree.folder))
    if not names:
        return {}, []
    values: dict[str, object] = {"user_id": user_id, "names": names}
    await connection.execute(QUEUE, values)
    found = await (await connection.execute(FOLDERS, values)).fetchall()
    folders: dict[str, UUID] = {name: id for id, name in found}
    events = []
    for name in names:
        if name in folders:
            continue
        id = uuid7()
        values = {"user_id": user_id, "id": id, "maximum": MAX_FOLDERS}
        added = await connection.execute(ADD_FOLDER, {**values, "display_name": name})
        if added.rowcount:
            folders[name] = id
            events.append(Event(user_id=user_id, kind="folder_changed", resource_id=id))
    return folders, events


def conversation_row(
    user_id: UUID,
    id: UUID,
    tree: Tree,
    *,
    ids: Mapping[str, UUID],
    folders: Mapping[str, UUID],
) -> Row:
    """Return a conversation in the order of `CONVERSATIONS`."""
    return (
        user_id,
        id,
        tree.title,
        "user" if tree.title else "text",
        tree.create_time,
        tree.update_time,
        tree.archived,
        tree.pinned,
        list(tree.tags),
        [folded(tag) for tag in tree.tags],
        folders.get(tree.folder),
        ids[tree.current] if tree.current else None,
    )


def message_row(
    user_id: UUID, conversation_id: UUID, turn: Turn, *, ids: Mapping[str, UUID]
) -> Row:
    """Return a message in the order of `MESSAGES`."""
    reply = turn.role == "assistant"
    return (
        user_id,
        conversation_id,
        ids[turn.key],
        ids[turn.parent] if turn.parent else None,
        turn.role,
        turn.text,
        turn.state,
        turn.model,
        turn.failure,
        turn.input_tokens,
        turn.output_tokens,
        turn.cost_micros,
        turn.estimated,
        # One entry for its beginning, one for each character, one for its end.
        first_seq(turn.attempt) + len(turn.text) + 1 if reply else 0,
        turn.attempt,
        turn.rating,
        list(turn.rating_reasons),
        turn.rating_comment,
        list(turn.attachments),
        turn.beside,
        turn.create_time,
        turn.first_token_time,
        turn.end_time,
    )


def batches(sized: Iterable[tuple[int, Row]]) -> Iterator[list[Row]]:
    """Divide messages into as many as are written by one statement."""
    batch: list[Row] = []
    total = 0
    for size, row in sized:
        batch.append(row)
        total += size
        if len(batch) >= TOGETHER or total >= SIZE_TOGETHER:
            yield batch
            batch, total = [], 0
    if batch:
        yield batch
