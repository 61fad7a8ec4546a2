"""Imports, and the files that they are of."""

from collections.abc import Mapping, Sequence
from typing import Any, LiteralString
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import class_row

from services.chat.outbox.model import Event
from services.chat.outbox.store import record
from services.chat.requests import REQUESTS
from services.chat.transfer import sql
from services.chat.transfer.bulk import write
from services.chat.transfer.model import (
    LEASE_SECONDS,
    MAX_IMPORTS,
    MAX_PARTS,
    ImportJob,
    ImportName,
    ImportNotFound,
    ImportRunning,
    Read,
    TooManyImports,
    UploadIncomplete,
    UploadOutOfOrder,
)
from services.kit.errors import InvalidField
from services.kit.postgres import Database
from services.kit.requests.model import Request

STALE_AT_ONCE = 20  # files of half a GiB take a second each


def key(name: ImportName) -> dict[str, Any]:
    """Name an import's row, its owner first."""
    return {"user_id": name.user_id, "id": name.id}


def held(name: ImportName, runner: UUID) -> dict[str, Any]:
    """Name an import's row while somebody runs it."""
    return {**key(name), "runner": runner, "lease": LEASE_SECONDS}


class PostgresImports:
    """Stores imports; one method is one transaction, but for dropping files."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def create(self, name: ImportName, size: int, request: Request) -> ImportJob:
        async with self._database.transaction() as connection:
            target = {"resource_id": name.id}
            first = await REQUESTS.claim(connection, name.user_id, request, target)
            if first and first["resource_id"]:
                name = ImportName(name.user_id, first["resource_id"])
                return await found(connection, sql.GET, key(name))
            values = {**key(name), "size": size, "maximum": MAX_IMPORTS}
            await connection.execute(sql.QUEUE, values)
            if not (await connection.execute(sql.CREATE, values)).rowcount:
                raise TooManyImports(maximum=MAX_IMPORTS)
            return await found(connection, sql.GET, key(name))

    async def upload(self, name: ImportName, offset: int, data: bytes) -> ImportJob:
        values = {**key(name), "start": offset, "data": data, "length": len(data)}
        async with self._database.transaction() as connection:
            job = await found(connection, sql.LOCK, values)
            if job.ended:
                return job
            if (await connection.execute(sql.RUNNING, values)).rowcount:
                raise ImportRunning
            if (
                offset < job.uploaded_bytes
                and (await connection.execute(sql.SAME_PART, values)).rowcount
            ):
                return job
            if offset != job.uploaded_bytes:
                raise UploadOutOfOrder(expected=job.uploaded_bytes)
            if offset + len(data) > job.size_bytes:
                expected = f"at most {job.size_bytes - offset} bytes"
                raise InvalidField(field="data", expected=expected)
            await connection.execute(sql.ADD_PART, values)
            values["maximum"] = MAX_PARTS
            if kept := await select(connection, sql.UPLOADED, values):
                return kept
            raise InvalidField(field="data", expected="larger parts")

    async def part(self, name: ImportName, position: int) -> bytes:
        async with self._database.statement() as connection:
            cursor = await connection.execute(
                sql.PART, {**key(name), "start": position}
            )
            row = await cursor.fetchone()
        return bytes(row[0]) if row else b""

    async def claim(self, name: ImportName, runner: UUID) -> ImportJob:
        async with self._database.transaction() as connection:
            if job := await select(connection, sql.CLAIM, held(name, runner)):
                return job
            job = await found(connection, sql.GET, key(name))
        if job.ended:
            return job
        if job.uploaded_bytes < job.size_bytes:
            raise UploadIncomplete(uploaded=job.uploaded_bytes)
        raise ImportRunning

    async def renew(self, name: ImportName, runner: UUID) -> None:
        async with self._database.statement() as connection:
            renewed = await connection.execute(sql.RENEW, held(name, runner))
            if not renewed.rowcount:
                raise ImportRunning

    async def release(self, name: ImportName, runner: UUID) -> None:
        async with self._database.statement() as connection:
            await connection.execute(sql.RELEASE, held(name, runner))

    async def keep(
        self, name: ImportName, runner: UUID, reads: Sequence[Read]
    ) -> ImportJob:
        trees = [read.tree for read in reads if read.tree]
        values = {
            **held(name, runner),
            "next_index": reads[-1].index + 1,
            "conversations": len(trees),
            "messages": sum(len(tree.turns) for tree in trees),
            "skipped": sum(bool(read.problem) for read in reads),
        }
        async with self._database.transaction() as connection:
            if not (job := await select(connection, sql.KEPT, values)):
                raise ImportRunning
            events = await write(connection, name.user_id, trees)
            async with connection.pipeline():
                for event in events:
                    await record(connection, event)
        return job

    async def end(self, name: ImportName, runner: UUID, problem: str) -> ImportJob:
        values = {**held(name, runner), "problem": problem}
        async with self._database.transaction() as connection:
            if not (job := await select(connection, sql.END, values)):
                raise ImportRunning
            event = Event(
                user_id=name.user_id,
                kind="import_completed",
                resource_id=name.id,
                data={"conversations": job.imported_conversations},
            )
            await record(connection, event)
        await self._drop_parts(name)
        return job

    async def forget_stale(self) -> int:
        """Drop imports that are older than a day; return how many."""
        async with self._database.statement() as connection:
            cursor = await connection.execute(sql.STALE, {"limit": STALE_AT_ONCE})
            stale = [ImportName(*row) for row in await cursor.fetchall()]
        dropped = 0
        for name in stale:
            await self._drop_parts(name)
            async with self._database.statement() as connection:
                dropped += (await connection.execute(sql.DROP, key(name))).rowcount
        return dropped

    async def _drop_parts(self, name: ImportName) -> None:
        more = True
        while more:
            async with self._database.statement() as connection:
                cursor = await connection.execute(sql.DROP_PARTS, key(name))
                more = bool(cursor.rowcount)


async def select(
    connection: AsyncConnection, query: LiteralString, values: Mapping[str, Any]
) -> ImportJob | None:
    """Return the import that a statement finds."""
    cursor = connection.cursor(row_factory=class_row(ImportJob))
    await cursor.execute(query, values)
    return await cursor.fetchone()


async def found(
    connection: AsyncConnection, query: LiteralString, values: Mapping[str, Any]
) -> ImportJob:
    """Return the import that a statement finds, or raise `ImportNotFound`."""
    if job := await select(connection, query, values):
        return job
    missing: dict[str, Any] = {"import": ImportName(values["user_id"], values["id"])}
    raise ImportNotFound(**missing)
