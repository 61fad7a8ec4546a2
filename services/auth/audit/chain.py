"""How events hang together, and what is wrong where they do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal

from services.auth.audit.model import Mark, Record
from services.auth.audit.signing import AuditKeys

Problem = Literal["edited", "deleted", "inserted", "reordered", "signature", "set_back"]


@dataclass(frozen=True, slots=True)
class Broken:
    """The first index that is wrong, and how."""

    index: int
    problem: Problem


def link(previous: bytes, index: int, content: str) -> bytes:
    """Return the hash of an event, which covers all those before it."""
    digest = sha256(content.encode()).digest()
    return sha256(previous + index.to_bytes(8) + digest).digest()


def follows(record: Record, mark: Mark) -> bool:
    """Tell whether an event is what its hash says, and comes right after a mark."""
    return (
        record.index == mark.index + 1
        and record.previous == mark.hash
        and record.mark.hash == link(mark.hash, record.index, record.entry.content)
    )


def place_problem(record: Record, forgotten_until: int) -> Problem | None:
    """Say what is wrong with where an event came from."""
    if record.place:
        return None if record.place.hash == record.entry.place_hash else "edited"
    erased = record.person_deleted or record.index <= forgotten_until
    return None if erased or not record.entry.place_hash else "deleted"


def problem_of(
    record: Record | None,
    following: Sequence[Record],
    *,
    after: Mark,
    last: int,
    keys: AuditKeys,
) -> Problem:
    """
    Say what happened where the chain breaks: what stands there now is `record`.

    `after` is the last mark that is right, and `last` the index that the log goes to.
    """
    index = after.index + 1
    if not record:
        return "deleted"
    if index > last:
        return "inserted"
    # The original has a hash that only its content gives, and that was signed.
    expected = link(after.hash, index, record.entry.content)
    stands = record.index == index
    if stands and any(
        original(record.mark, index, hash, keys)
        for hash in (expected, record.mark.hash)
    ):
        return "edited"
    near = range(index - len(following) - 1, index + len(following) + 2)
    moved = any(original(it.mark, index, it.mark.hash, keys) for it in following)
    came_from = next(
        (it for it in near if original(record.mark, it, record.mark.hash, keys)), None
    )
    if came_from is not None and came_from < index:
        return "inserted"  # once more, as that one was there before
    if moved:
        return "inserted" if came_from is None and stands else "reordered"
    if not stands or came_from is not None:
        return "deleted"
    return "signature" if follows(record, after) else "edited"


def original(mark: Mark, index: int, hash: bytes, keys: AuditKeys) -> bool:
    """Tell whether what was signed as `index` bears this signature."""
    if index < 1:
        return False
    return keys.signed(
        Mark(index=index, hash=hash, key_id=mark.key_id, signature=mark.signature)
    )
