"""Exporting: conversations are read a page at a time, and written as they are read."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from uuid import UUID

from services.chat.names import ConversationName
from services.chat.transfer.formats.write import Writer
from services.chat.transfer.model import CHUNK, MIB, Stored, Turn
from services.chat.transfer.ports import Exported
from services.chat.transfer.slots import Slots

FIRST = UUID(int=0)


class Exports:
    """Takes conversations out."""

    def __init__(self, stored: Exported, slots: Slots) -> None:
        self._stored = stored
        self._slots = slots

    async def file(
        self, user_id: UUID, names: Sequence[ConversationName], writer: Writer
    ) -> AsyncGenerator[bytes]:
        """Yield a file in chunks: of these conversations, or of all that are listed."""
        with self._slots.taken():
            waiting = bytearray()
            async for written in self._written(user_id, names, writer):
                waiting += written
                while len(waiting) >= CHUNK:
                    yield bytes(waiting[:CHUNK])
                    del waiting[:CHUNK]
            if waiting:
                yield bytes(waiting)

    async def _written(
        self, user_id: UUID, names: Sequence[ConversationName], writer: Writer
    ) -> AsyncGenerator[bytes]:
        found = await self._stored.named(names) if names else None
        yield writer.begin()
        async for stored in self._conversations(user_id, found):
            name = ConversationName(user_id, stored.id)
            turns = self._all(name) if writer.whole_tree else self._shown(name)
            yield writer.conversation(stored)
            async for turn in turns:
                yield writer.turn(turn)
            yield writer.end_conversation()
        yield writer.end()

    async def _conversations(
        self, user_id: UUID, found: Sequence[Stored] | None
    ) -> AsyncGenerator[Stored]:
        if found is not None:
            for stored in found:
                yield stored
            return
        after = FIRST
        while page := await self._stored.listed(user_id, after=after):
            for stored in page:
                yield stored
            after = page[-1].id

    async def _all(self, name: ConversationName) -> AsyncGenerator[Turn]:
        """Yield all messages, each after the one that it follows."""
        after, more = FIRST, True
        while more:
            page, more = await self._stored.turns(name, after=after)
            for turn in page:
                yield turn
                after = UUID(turn.key)

    async def _shown(self, name: ConversationName) -> AsyncGenerator[Turn]:
        """Yield the messages of the branch that is shown."""
        for ids in together(await self._stored.branch(name)):
            by_key = {turn.key: turn for turn in await self._stored.some(name, ids)}
            for id in ids:
                if str(id) in by_key:  # else it was deleted meanwhile
                    yield by_key[str(id)]


def together(sized: Sequence[tuple[UUID, int]]) -> Iterator[list[UUID]]:
    """Divide messages into as many as are read at a time."""
    ids: list[UUID] = []
    total = 0
    for id, size in sized:
        if ids and (total + size > MIB or len(ids) >= 500):
            yield ids
            ids, total = [], 0
        ids.append(id)
        total += size
    if ids:
        yield ids
