"""The queries of conversations use their indexes, and touch one partition."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from deploy.local import postgres
from services.chat.conversations import folder_store, purge_store, store
from services.chat.conversations.model import Listing, View
from services.chat.conversations.sql import list_query, list_values
from services.chat.requests import REQUESTS
from services.kit.migrate import migrate
from services.kit.requests.store import FORGET
from tests.conftest import address, copy, execute

USER, ID = UUID(int=7), UUID(int=8)

# A user with 10,000 conversations, a quarter each in a folder, archived, deleted and
# neither, and others with 100. Some are to be purged; in some a reply is being written.
FILL: LiteralString = """
    INSERT INTO folders (user_id, id, display_name, create_time)
    SELECT lpad(to_hex(u), 32, '0')::uuid, lpad('8', 32, '0')::uuid, 'Work', now()
    FROM generate_series(1, 60) u;
    INSERT INTO folders (user_id, id, display_name, create_time)
    SELECT lpad(to_hex(u), 32, '0')::uuid, gen_random_uuid(), n::text, now()
    FROM generate_series(1, 60) u, generate_series(1, 200) n;
    INSERT INTO conversations (user_id, id, title, create_time, update_time, archived,
        pinned, folder_id, tags, tag_keys, delete_time, purge_time)
    SELECT lpad(to_hex(u), 32, '0')::uuid, gen_random_uuid(), 'A title', now(),
        now() - n * interval '1 hour', n % 4 = 1, n % 100 = 0,
        CASE n % 4 WHEN 2 THEN lpad('8', 32, '0')::uuid END, '{Plan}', '{plan}',
        CASE n % 4 WHEN 3 THEN now() END,
        CASE n % 4 WHEN 3 THEN now() + (n % 50 - 5) * interval '1 day' END
    FROM generate_series(1, 60) u, generate_series(1, 10000) n
    WHERE u = 7 OR n <= 100;
    INSERT INTO messages (user_id, conversation_id, id, role, text, state, model, seq,
        create_time, end_time)
    SELECT user_id, id, id, 'user', 'Hi', 'completed', '', 1, now(), now()
    FROM conversations;
    INSERT INTO messages (user_id, conversation_id, id, role, text, state, model, seq,
        create_time)
    SELECT user_id, id, gen_random_uuid(), 'assistant', 'Hi', 'generating', '', 1, now()
    FROM conversations WHERE pinned;
    INSERT INTO requests (user_id, id, digest, create_time)
    SELECT user_id, id, '', now() FROM conversations;
    ANALYZE conversations, messages, requests, folders;
"""

VIEWS: tuple[View, ...] = ("default", "archived", "deleted", "pinned")
PLACE = (False, datetime.now(UTC), ID)
LISTS = {
    f"{view}{' in a folder' * bool(folder)}{' tagged' * bool(tag)}"
    f"{' later' * bool(after)}": (
        list_query(listing, after),
        list_values(USER, listing, after=after, limit=51),
    )
    for view in VIEWS
    for folder in (None, ID)
    for tag in (None, "plan")
    for after in (None, PLACE)
    for listing in (Listing(view=view, folder_id=folder, tag=tag),)
}
VALUES: dict[str, Any] = {
    "user_id": USER,
    "id": ID,
    "message": ID,
    "folder_id": None,
    "current_message_id": None,
    "after": ID,
    "request": ID,
    "title": "x",
    "titled_by": "user",
    "archived": False,
    "pinned": False,
    "tags": [],
    "tag_keys": [],
    "name": "x",
    "display_name": "x",
    "limit": 51,
    "before": datetime.now(UTC) - timedelta(days=30),
    "made_before": UUID(int=2**128 - 1),
}
OF_A_USER: dict[str, LiteralString] = {
    "get": store.GET,
    "lock": store.LOCK_LIVE,
    "update": store.UPDATE,
    "message": store.MESSAGE,
    "stop": store.STOP,
    "delete": store.DELETE,
    "undelete": store.UNDELETE,
    "purge due": purge_store.PURGE_DUE,
    "purge unused": purge_store.PURGE_UNUSED,
    "title": store.TITLE,
    "folder": folder_store.GET,
    "folders": folder_store.PAGE,
    "rename folder": folder_store.RENAME,
    "delete folder": folder_store.DELETE,
    "request": REQUESTS.find_statement,
}
OF_ALL_USERS: dict[str, LiteralString] = {
    "find due": purge_store.FIND_DUE,
    "find unused": purge_store.FIND_UNUSED,
    "forget": FORGET,
}

Plan = dict[str, Any]
Explain = Callable[[LiteralString, dict[str, Any]], Plan]


@pytest.fixture(scope="module")
def filled(postgres_sockets: Path) -> Iterator[str]:
    """The URL of a database that is full, for all the tests here."""
    name = f"full_{uuid4().hex}"
    copy(postgres_sockets, postgres.DATABASE, name)
    url = address(postgres_sockets, "chat", name)
    migrate("chat", url)
    with psycopg.connect(url) as connection:
        connection.execute(FILL)
    yield url
    execute(postgres_sockets, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def explain(filled: str) -> Iterator[Explain]:
    """Explain a query."""
    with psycopg.connect(filled) as connection:

        def explain(query: LiteralString, values: dict[str, Any]) -> Plan:
            cursor = connection.execute("EXPLAIN (FORMAT JSON) " + query, values)
            (found,) = cursor.fetchone() or ("[]",)
            plan: Plan = found[0]["Plan"]
            return plan

        yield explain
        connection.rollback()


def nodes(plan: Plan) -> Iterator[Plan]:
    """Return every step of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def uses(plan: Plan) -> list[Plan]:
    """Return the uses of indexes in a plan, which must read tables in no other way."""
    assert not [node for node in nodes(plan) if node["Node Type"] == "Seq Scan"], plan
    return [node for node in nodes(plan) if "Index Name" in node]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_walks_an_index_of_the_user_in_its_order(explain: Explain, name: str):
    plan = explain(*LISTS[name])

    (use,) = uses(plan)
    assert "user_id" in use["Index Cond"]
    assert not [node for node in nodes(plan) if "Sort" in node["Node Type"]]


@pytest.mark.parametrize("name", OF_A_USER)
def test_what_a_user_does_reads_by_an_index_of_the_user(explain: Explain, name: str):
    plan = explain(OF_A_USER[name], VALUES)

    assert uses(plan)
    for use in uses(plan):
        assert "user_id" in use["Index Cond"]


@pytest.mark.parametrize("name", OF_ALL_USERS)
def test_the_janitor_reads_by_an_index_of_times(explain: Explain, name: str):
    assert uses(explain(OF_ALL_USERS[name], VALUES))
