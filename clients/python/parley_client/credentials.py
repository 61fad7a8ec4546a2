"""What a client keeps, so that nobody has to sign in twice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Credential:
    """Speaks for a session until it is exchanged for the next one, or is an API key."""

    # Format: users/{user}
    user: str
    refresh_token: str = field(default="", repr=False)
    # In place of a refresh token. It is good for any number of uses.
    api_key: str = field(default="", repr=False)


class Credentials(Protocol):
    """
    Keeps one credential for each URL.

    A refresh token is good for one use. So whoever uses one does it inside
    `exclusive()`: loads, exchanges and saves while nobody else can. Exclusive means
    among all that share the store, in this process and in others.
    """

    def exclusive(self) -> AbstractAsyncContextManager[None]:
        """Keep everybody else out while the block runs."""

    def load(self, url: str) -> Credential | None:
        """Return the credential for a URL, if there is one."""

    def save(self, url: str, credential: Credential) -> None:
        """Replace the credential for a URL."""

    def forget(self, url: str) -> None:
        """Drop the credential for a URL; it is no error if there is none."""


class MemoryCredentials:
    """Keeps credentials for as long as the object lives."""

    def __init__(self) -> None:
        self._kept: dict[str, Credential] = {}
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def exclusive(self) -> AsyncIterator[None]:
        async with self._lock:
            yield

    def load(self, url: str) -> Credential | None:
        return self._kept.get(url)

    def save(self, url: str, credential: Credential) -> None:
        self._kept[url] = credential

    def forget(self, url: str) -> None:
        self._kept.pop(url, None)
