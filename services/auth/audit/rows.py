"""Events as rows of Postgres."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from psycopg.types.json import Jsonb

from services.auth.audit.model import Entry, Head, Mark, Place, Record
from services.auth.audit.ports import Draft, Pending

ENTRY = [each.name for each in fields(Entry)]
MARKED = [each.name for each in fields(Mark)]


def head_of(row: Mapping[str, Any] | None) -> Head | None:
    """Return how far a row says that the log goes; None if it is empty."""
    if not row or not row["time"]:
        return None
    return Head(mark=mark_of(row), time=row["time"])


def mark_row(mark: Mark) -> dict[str, Any]:
    """Return the columns of a mark."""
    return {key: getattr(mark, key) for key in MARKED}


def row_of(record: Record) -> dict[str, Any]:
    """Return the columns of an event."""
    return {
        **mark_row(record.mark),
        **entry_row(record.entry),
        "previous": record.previous,
    }


def pending_row(pending: Pending) -> dict[str, Any]:
    """Return the columns of what is pending."""
    place = pending.draft.place
    return {
        **entry_row(pending.draft.entry),
        "salt": place and place.salt,
        "address": place and place.address,
        "user_agent": place and place.user_agent,
        "key_id": pending.key_id,
        "signature": pending.signature,
    }


def entry_row(entry: Entry) -> dict[str, Any]:
    """Return the columns of what happened."""
    return {
        "id": entry.id,
        "time": entry.time,
        "action": entry.action,
        "outcome": entry.outcome,
        "actor": entry.actor,
        "user_id": entry.user_id,
        "subject": entry.subject,
        "session": entry.session,
        "stranger": entry.stranger,
        "details": Jsonb(dict(entry.details)),
        "place_hash": entry.place_hash,
    }


def place_row(record: Record, place: Place) -> dict[str, Any]:
    """Return the columns of an event's place."""
    return {
        "index": record.index,
        "person": record.entry.person,
        "salt": place.salt,
        "address": place.address,
        "user_agent": place.user_agent,
    }


def mark_of(row: Mapping[str, Any]) -> Mark:
    """Return the mark of a row."""
    return Mark(**{key: row[key] for key in MARKED})


def record_of(row: Mapping[str, Any]) -> Record:
    """Return the event of a row."""
    return Record(
        mark=mark_of(row),
        previous=row["previous"],
        entry=entry_of(row),
        place=place_of(row) if row["placed"] else None,
        person_deleted=row["person_deleted"],
    )


def pending_of(row: Mapping[str, Any]) -> Pending:
    """Return what is pending of a row."""
    place = place_of(row) if row["salt"] is not None else None
    return Pending(
        Draft(entry_of(row), place),
        key_id=row["key_id"],
        signature=row["signature"],
        appended=row["appended"],
    )


def place_of(row: Mapping[str, Any]) -> Place:
    """Return where a row says that somebody was."""
    return Place(**{key: row[key] for key in ("salt", "address", "user_agent")})


def entry_of(row: Mapping[str, Any]) -> Entry:
    """Return what a row says."""
    return Entry(**{key: row[key] for key in ENTRY})
