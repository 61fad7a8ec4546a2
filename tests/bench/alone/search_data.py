"""A deployment's worth of conversations, made up, for searching in."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import accumulate
from uuid import UUID

import psycopg
from psycopg import sql

VOCABULARY = 50_000
COMMON = "halfway"  # in every second message
RARE = "quetzalcoatl"  # in one of a thousand
HEAVY_MESSAGES = 20_000
LISTED_CONVERSATIONS = 10_000
PER_CONVERSATION = 10
CHUNK = 10_000
START = datetime(2026, 1, 1, tzinfo=UTC)
YEAR = timedelta(days=365)
# Of the table and its partitions: as it is printed, it would be of the table alone.
INDEX_OF_WORDS = """
    SELECT replace(
        pg_get_indexdef('search_entries_by_word'::regclass), ' ON ONLY ', ' ON '
    )
"""
SYLLABLES = [c + v for c in "bcdfghklmnprstvwz" for v in ("a", "e", "i", "o", "u", "")]


@dataclass(frozen=True)
class Data:
    """Who is there, and how much they say."""

    users: int
    messages: int
    heavy: UUID  # who says far more than the others
    lister: UUID  # who has 10,000 conversations without a message

    @classmethod
    def of(cls, *, users: int, messages: int) -> "Data":
        """Choose the users; the same numbers make the same data."""
        return cls(users, messages, _uuid(1, 0), _uuid(1, users))

    def user(self, number: int) -> UUID:
        """Name a user; number 0 is the heavy one."""
        return _uuid(1, number)

    def speaker(self, chance: random.Random) -> int:
        """Choose who says the next message."""
        if chance.random() < min(0.2, HEAVY_MESSAGES / self.messages):
            return 0
        return chance.randrange(1, self.users)

    def conversations(self, number: int) -> int:
        """Tell how many conversations a user has."""
        said = HEAVY_MESSAGES if number == 0 else self.messages / self.users
        return max(1, round(min(said, self.messages * 0.2) / PER_CONVERSATION))


def vocabulary() -> list[str]:
    """Make words, the commonest first and the shortest among them."""
    chance = random.Random(7)  # noqa: S311 - data, not secrets
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        length = 1 + min(4, len(words).bit_length() // 4)
        words["".join(chance.choices(SYLLABLES, k=length))] = None
        if len(words) % 50 == 0:
            words["".join(chance.choices(SYLLABLES, k=5))] = None
    return list(words)[:VOCABULARY]


def fill(url: str, data: Data, tell: Callable[[str], None]) -> None:
    """
    Store everything, with its triggers.

    The index of words is made at the end, which takes a third of the time that it
    takes to keep it up to date meanwhile.
    """
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute(INDEX_OF_WORDS).fetchone()
        assert found
        connection.execute("DROP INDEX search_entries_by_word")
        _add_conversations(connection, data)
        stored = 0
        with ProcessPoolExecutor(2) as workers:
            chunks = [
                workers.submit(_add_messages, url, data, first)
                for first in range(0, data.messages, CHUNK)
            ]
            for chunk in as_completed(chunks):
                stored += chunk.result()
                tell(f"{stored:,} of {data.messages:,} messages are stored")
        tell("the index of words is being made")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(sql.SQL(found[0]))
        connection.execute("VACUUM ANALYZE")


def _add_conversations(connection: psycopg.Connection, data: Data) -> None:
    statement = (
        "COPY conversations (user_id, id, title, create_time, update_time) FROM STDIN"
    )
    with connection.cursor().copy(statement) as copy:
        for user in range(data.users):
            for number in range(data.conversations(user)):
                id = _uuid(2, user * 2**32 + number)
                copy.write_row((data.user(user), id, "A title", START, START))
        for number in range(LISTED_CONVERSATIONS):
            used = START + number * timedelta(minutes=7)
            id = _uuid(2, data.users * 2**32 + number)
            copy.write_row((data.lister, id, f"Talk {number}", START, used))


def _add_messages(url: str, data: Data, first: int) -> int:
    count = min(CHUNK, data.messages - first)
    statement = (
        "COPY messages (user_id, conversation_id, id, parent_id, role, text, state,"
        " model, seq, create_time, end_time) FROM STDIN"
    )
    with (
        psycopg.connect(url) as connection,
        connection.cursor().copy(statement) as copy,
    ):
        for row in _messages(data, range(first, first + count)):
            copy.write_row(row)
    return count


def _messages(data: Data, numbers: range) -> Iterator[tuple[object, ...]]:
    chance = random.Random(numbers.start)  # noqa: S311 - data
    words = vocabulary()
    weights = list(accumulate(1 / (rank + 2) for rank in range(VOCABULARY)))
    for number in numbers:
        user = data.speaker(chance)
        conversation = chance.randrange(data.conversations(user))
        reply = bool(chance.getrandbits(1))
        length = chance.randint(60, 300) if reply else chance.randint(5, 60)
        said = chance.choices(words, cum_weights=weights, k=length)
        if chance.getrandbits(1):
            said[chance.randrange(length)] = COMMON
        if chance.random() < 0.001:
            said[chance.randrange(length)] = RARE
        time = START + YEAR * (number / data.messages)
        yield (
            data.user(user),
            _uuid(2, user * 2**32 + conversation),
            _uuid(3, number),
            _uuid(4, number),  # any: nobody follows it here
            "assistant" if reply else "user",
            " ".join(said),
            "completed",
            ("small", "large")[number % 2] if reply else "",
            0,
            time,
            time,
        )


def _uuid(kind: int, number: int) -> UUID:
    """Make an ID whose end is as random as a real one's, and the same every time."""
    digest = sha256(f"{kind}/{number}".encode()).digest()
    return UUID(bytes=digest[:16], version=4)
