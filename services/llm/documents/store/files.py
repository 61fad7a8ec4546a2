"""Files and texts, for those who may read them."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString

from psycopg import AsyncConnection

from services.kit.errors import InvalidField
from services.kit.postgres import Database
from services.llm.documents.model import (
    MAX_IMAGE_BYTES,
    MAX_IMAGES,
    DocumentNotFound,
    Stretch,
)
from services.llm.documents.store.sql import READABLE, document, key, read_by
from services.llm.members import Member
from services.llm.model import Image
from services.llm.names import DocumentName

MAX_STRETCH = 64 * 1024  # bytes
STRETCHES = 10  # that are looked at; each has at most 8,192 characters

# Asked for each part, so that nobody reads on who may not any more.
PART: LiteralString = (
    """
    SELECT substr(p.data, (%(start)s - p.start + 1)::integer)
    FROM documents d JOIN document_parts p
      ON p.user_id = d.user_id AND p.document_id = d.id
    WHERE d.user_id = %(user_id)s AND d.id = %(id)s
      AND p.user_id = %(user_id)s AND p.document_id = %(id)s
      AND p.start <= %(start)s AND
"""
    + READABLE
    + "ORDER BY p.start DESC LIMIT 1"
)

VERSION: LiteralString = """
    SELECT version FROM documents WHERE user_id = %(user_id)s AND id = %(id)s
"""
# Where the page begins, or the stretch that a place is in, with the one before it.
FIRST: LiteralString = """
    SELECT start, page FROM document_pages
    WHERE user_id = %(user_id)s AND document_id = %(id)s AND version = %(version)s
      AND page = %(page)s ORDER BY start LIMIT 1
"""
AROUND: LiteralString = """
    SELECT start, page, length FROM document_pages
    WHERE user_id = %(user_id)s AND document_id = %(id)s AND version = %(version)s
      AND start <= %(offset)s ORDER BY start DESC LIMIT 2
"""
TEXT: LiteralString = """
    SELECT start, text FROM document_pages
    WHERE user_id = %(user_id)s AND document_id = %(id)s AND version = %(version)s
      AND page = %(page)s AND start >= %(start)s ORDER BY start LIMIT %(limit)s
"""

IMAGES: LiteralString = (
    """
    SELECT d.user_id, d.id, d.size_bytes <= %(maximum)s
    FROM unnest(%(owners)s::uuid[], %(ids)s::uuid[])
        WITH ORDINALITY AS named (owner_id, id, place)
    CROSS JOIN LATERAL (
        SELECT d.user_id, d.id, d.size_bytes FROM documents d
        WHERE d.user_id = named.owner_id AND d.id = named.id
          AND d.version IS NOT NULL AND d.media_type LIKE 'image/%%' AND
"""
    + READABLE
    + "OFFSET 0) d ORDER BY named.place"
)
IMAGE: LiteralString = (
    """
    SELECT d.media_type, (
        SELECT string_agg(p.data, ''::bytea ORDER BY p.start) FROM document_parts p
        WHERE p.user_id = d.user_id AND p.document_id = d.id
    )
    FROM documents d
    WHERE d.user_id = %(user_id)s AND d.id = %(id)s AND d.version IS NOT NULL AND
"""
    + READABLE
)


class PostgresFiles:
    """Reads files and texts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def part(self, name: DocumentName, reader: Member, position: int) -> bytes:
        values = {**key(name), **read_by(reader), "start": position}
        async with self._database.transaction() as connection:
            found = await (await connection.execute(PART, values)).fetchone()
            if found is None:
                await document(connection, name, reader)
        return bytes(found[0]) if found else b""

    async def text(
        self, name: DocumentName, reader: Member, *, page: int, offset: int
    ) -> Stretch:
        async with self._database.transaction() as connection:
            await document(connection, name, reader)
            found = await (await connection.execute(VERSION, key(name))).fetchone()
            if not found:
                raise DocumentNotFound(document=name)
            values = {
                **key(name),
                "version": found[0],
                "page": page,
                "offset": offset,
                "limit": STRETCHES,
            }
            start = await begin(connection, values)
            if start is None:
                return Stretch(0, 0, "")
            cursor = await connection.execute(TEXT, {**values, "start": start})
            pieces = await cursor.fetchall()
        text, size = "", 0
        for at, piece in pieces:
            size += len(piece.encode())
            if size > MAX_STRETCH and at > offset:
                break
            text += piece
        return Stretch(values["page"], start, text)

    async def images(
        self, reader: Member, documents: Sequence[DocumentName]
    ) -> Mapping[DocumentName, Image | None]:
        named = tuple(dict.fromkeys(documents))
        values: dict[str, Any] = {
            **read_by(reader),
            "owners": [name.user_id for name in named],
            "ids": [name.id for name in named],
            "maximum": MAX_IMAGE_BYTES,
        }
        async with self._database.transaction() as connection:
            rows = await (await connection.execute(IMAGES, values)).fetchall()
            fits = {DocumentName(owner_id, id): small for owner_id, id, small in rows}
            found: dict[DocumentName, Image | None] = dict.fromkeys(fits)
            for name in [name for name in fits if fits[name]][:MAX_IMAGES]:
                values = {**key(name), **read_by(reader)}
                row = await (await connection.execute(IMAGE, values)).fetchone()
                if row:
                    found[name] = Image(row[0], bytes(row[1]))
        return found


async def begin(connection: AsyncConnection, values: dict[str, Any]) -> int | None:
    """Find where to begin to read, and on which page; None if there is no text."""
    asked, offset = values["page"], values["offset"]
    if asked and not offset:
        first = await (await connection.execute(FIRST, values)).fetchone()
        if first is None:
            raise InvalidField(field="page", expected="a page of the document")
        return int(first[0])
    around = await (await connection.execute(AROUND, values)).fetchall()
    if not around and not offset and not asked:
        return None
    start, page, length = around[0] if around else (0, 0, 0)
    if offset and offset >= start + length:
        raise InvalidField(field="offset", expected="a place in the document's text")
    if asked and asked != page:
        raise InvalidField(field="offset", expected="a place on the page")
    values["page"] = page
    before = [row for row in around[1:] if row[1] == page]
    return int(before[0][0]) if before else int(start)
