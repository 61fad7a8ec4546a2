"""Which of Milvus' collections holds what, and which rows are meant. No I/O."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID
from zlib import crc32

from services.llm.documents.model import Scope

# Milvus Lite walks all rows of a collection, in Python: a search among 10,000 chunks in
# one took 54 ms, among 100,000 in sixteen 13 ms. Each takes half a second to be made.
BUCKETS = 16
PREFIX = "parley_"
NO_COLLECTION = ""


def bucket(owner: UUID) -> int:
    """Choose the bucket that holds what a user owns."""
    return crc32(owner.bytes) % BUCKETS


def words_place(number: int) -> str:
    """Name the collection that finds the chunks of a bucket by their words."""
    return f"{PREFIX}words_{number:02}"


def found_by_words(place: str) -> bool:
    """Tell whether a collection is one of those."""
    return place.startswith(f"{PREFIX}words_")


def meaning_place(model: str, dimension: int, number: int) -> str:
    """Name the one that finds them by their meaning, as one model sees it."""
    key = sha256(f"{dimension} {model}".encode()).hexdigest()[:12]
    return f"{PREFIX}meaning_{key}_{number:02}"


def holds(place: str, number: int) -> bool:
    """Tell whether a collection is of this bucket, whatever model it is of."""
    return place.startswith(PREFIX) and place.endswith(f"_{number:02}")


def one_of(field: str, ids: Sequence[UUID]) -> str:
    """Ask for rows with any of these IDs. What a person wrote is never in a filter."""
    return f"{field} in [{', '.join(map(quoted, ids))}]"


def quoted(id: UUID) -> str:
    """Write an ID as a filter holds it; anything else is a bug, and is refused."""
    if type(id) is not UUID:
        raise TypeError(f"not a UUID: {type(id)}")
    return f'"{id}"'


def owned(owner: UUID) -> str:
    """Ask for what a user owns."""
    return f"owner == {quoted(owner)}"


def within(scope: Scope) -> str:
    """Ask for what lies in a scope."""
    parts = []
    if scope.collections:
        parts.append(one_of("collection", scope.collections))
    if scope.documents:
        parts.append(one_of("document", scope.documents))
    if not parts:
        return f"({owned(scope.owner_id)})"
    return f"({owned(scope.owner_id)} and ({' or '.join(parts)}))"


def by_bucket(scopes: Sequence[Scope]) -> Mapping[int, str]:
    """Say what to ask each bucket for."""
    filters: dict[int, list[str]] = {}
    for scope in scopes:
        filters.setdefault(bucket(scope.owner_id), []).append(within(scope))
    return {number: " or ".join(parts) for number, parts in filters.items()}
