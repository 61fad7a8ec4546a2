"""An endpoint that speaks OpenAI's protocol: asked with bounds, and closed at once."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import msgspec

from services.kit.errors import Overloaded, ServiceError
from services.llm.media.model import Tokens

OK = 200
AT_ONCE = 8  # calls of one kind; more wait for a moment, then are refused
WAIT_SECONDS = 3.0
CHUNK = 64 * 1024
REFUSALS = frozenset({400, 413, 415, 422})  # of what was asked, not of who asks


class Usage(msgspec.Struct):
    """What an answer took; of some models it is no tokens but a time."""

    input_tokens: int = 0
    output_tokens: int = 0

    @property
    def tokens(self) -> Tokens | None:
        """Return them, if there are any."""
        if not (self.input_tokens or self.output_tokens):
            return None
        return Tokens(self.input_tokens, self.output_tokens)


class Refused(Exception):
    """The endpoint does not take what was asked."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where to ask, with what key, and what it is when it fails."""

    session: aiohttp.ClientSession
    url: str
    failed: type[ServiceError]
    key: str | None = None
    slots: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    @asynccontextmanager
    async def asked(
        self, path: str, *, seconds: float, **body: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """
        Ask, within a time that includes the block; leaving it early closes the socket.

        Raises `Refused` if it does not take that, and `failed` if it fails.
        """
        async with self._slot():
            try:
                async with (
                    asyncio.timeout(seconds),
                    self.session.post(
                        f"{self.url.rstrip('/')}/{path}",
                        headers=self._headers,
                        allow_redirects=False,
                        **body,
                    ) as response,
                ):
                    if response.status in REFUSALS:
                        raise Refused
                    if response.status != OK:
                        raise self.failed
                    yield response
            except (aiohttp.ClientError, TimeoutError) as error:
                raise self.failed from error

    @property
    def _headers(self) -> Mapping[str, str]:
        return {"authorization": f"Bearer {self.key}"} if self.key else {}

    @asynccontextmanager
    async def _slot(self) -> AsyncIterator[None]:
        """Wait for a turn; refuse who would wait too long."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                await self.slots.acquire()
        except TimeoutError:
            raise Overloaded(retry_seconds=WAIT_SECONDS) from None
        try:
            yield
        finally:
            self.slots.release()


async def whole(response: aiohttp.ClientResponse, maximum: int) -> bytes:
    """Read a body to its end, or raise ValueError where it becomes too long."""
    parts, size = [], 0
    async for part in response.content.iter_chunked(CHUNK):
        size += len(part)
        if size > maximum:
            raise ValueError(f"more than {maximum} bytes")
        parts.append(part)
    return b"".join(parts)
