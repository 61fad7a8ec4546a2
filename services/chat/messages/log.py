"""The logs of replies in Redis: one stream for each, whose ids are `seq-order`."""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Literal
from uuid import UUID

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from services.chat.messages.ports import Entries

log = logging.getLogger(__name__)

RUNNING_SECONDS = 3600  # a log is dropped that nobody has written to for so long
ENDED_SECONDS = 300  # after that, Postgres alone has the reply
LOOK_SECONDS = 0.05
AWAY_SECONDS = 1.0
READ = 500  # entries in one answer
MARKS: dict[bytes, Literal["", "restarted", "ended"]] = {
    b"": "",
    b"restarted": "restarted",
    b"ended": "ended",
}


def key(reply: UUID) -> str:
    """Name the stream of a reply."""
    return f"parley:run:{reply}"


def fields_of(entry: Entries) -> dict[Any, Any]:
    """Say an entry in a stream's words."""
    if entry.key:
        return {"n": entry.key, "v": entry.value, "o": entry.offset}
    return {"m": entry.mark} if entry.mark else {"t": entry.text}


def entry_of(reply: UUID, id: bytes, fields: dict[bytes, bytes]) -> Entries:
    """Read an entry of a stream."""
    seq, _, order = id.partition(b"-")
    return Entries(
        reply,
        int(seq),
        fields.get(b"t", b"").decode(),
        MARKS[fields.get(b"m", b"")],
        order=int(order),
        key=fields.get(b"n", b"").decode(),
        value=fields.get(b"v", b""),
        offset=int(fields.get(b"o", 0)),
    )


class RedisLog:
    """Keeps logs in Redis. While that is away, nothing is kept and nothing raised."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._waiting: dict[UUID, tuple[str, asyncio.Event]] = {}
        self._waited_for = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def open(cls, redis: Redis) -> AsyncIterator["RedisLog"]:
        """Let readers wait for entries while the block runs."""
        log = cls(redis)
        looking = asyncio.create_task(log._look())
        try:
            yield log
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)

    async def write(self, entries: Sequence[Entries]) -> bool:
        pipeline = self._redis.pipeline(transaction=False)
        for each in entries:
            name = key(each.reply)
            pipeline.xadd(name, fields_of(each), id=f"{each.seq}-{each.order}")
            ended = each.mark == "ended"
            pipeline.expire(name, ENDED_SECONDS if ended else RUNNING_SECONDS)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError):
            return False
        for answer in answers:
            # An older id than the newest: it was written before, its answer was lost.
            if isinstance(answer, RedisError) and not isinstance(answer, ResponseError):
                return False
        return True

    async def read(
        self, reply: UUID, after_seq: int, order: int = 0
    ) -> Sequence[Entries]:
        try:
            found: Any = await self._redis.xrange(
                key(reply), min=f"({after_seq}-{order}", count=READ
            )
        except (RedisError, OSError):
            return ()
        return [entry_of(reply, id, fields) for id, fields in found]

    async def wait(
        self, reply: UUID, after_seq: int, order: int, seconds: float
    ) -> None:
        changed = asyncio.Event()
        self._waiting[reply] = (f"{after_seq}-{order}", changed)
        self._waited_for.set()
        try:
            async with asyncio.timeout(seconds):
                await changed.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting.pop(reply, None)

    async def _look(self) -> None:
        """Wake those who wait: one question for all of them, some times a second."""
        while True:
            if not self._waiting:
                self._waited_for.clear()
                await self._waited_for.wait()
            streams = {key(reply): after for reply, (after, _) in self._waiting.items()}
            try:
                found: Any = await self._redis.xread(streams, count=1)  # type: ignore[arg-type]
            except (RedisError, OSError):
                await asyncio.sleep(AWAY_SECONDS)
                continue
            for name, _ in found:
                waiting = self._waiting.get(UUID(name.rpartition(b":")[2].decode()))
                if waiting:
                    waiting[1].set()
            await asyncio.sleep(LOOK_SECONDS)
