"""Reading files without a database."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.chat.transfer.asides import heard
from services.chat.transfer.formats.beside import Taking
from services.chat.transfer.formats.reader import Reader
from services.chat.transfer.model import Read

OWNER = UUID("018f0000-0000-7000-8000-000000000003")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
SLICE = 64 * 1024

TAKING = Taking(owner=OWNER, now=NOW, heard=heard)


def read(file: bytes, *, first: int = 0, size: int = SLICE) -> list[Read]:
    """Read a file in slices."""
    reader = Reader(first=first, taking=TAKING)
    found = [
        each
        for start in range(0, len(file), size)
        for each in reader.feed(file[start : start + size])
    ]
    reader.finish()
    return found


def chatgpt(mapping: object, **more: object) -> bytes:
    """Write an export with one conversation."""
    return json.dumps([{"title": "T", "mapping": mapping, **more}]).encode()


def node(
    id: str, parent: object = None, text: object = "Hi", **more: object
) -> dict[str, Any]:
    """Return a node of a mapping."""
    message = {
        "author": {"role": "user"},
        "content": {"content_type": "text", "parts": [text]},
        **more,
    }
    return {"id": id, "parent": parent, "children": [], "message": message}


def one(file: bytes) -> Read:
    """Read a file with one conversation."""
    (found,) = read(file)
    return found


def said(found: Read) -> list[tuple[str, str | None]]:
    """Return what was said, and after which."""
    assert found.tree, found.problem
    return [(turn.key, turn.parent) for turn in found.tree.turns]
