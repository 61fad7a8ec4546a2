"""Argon2id in few threads."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from secrets import token_urlsafe
from threading import BoundedSemaphore
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from services.auth.passwords.rules import canonical
from services.kit.errors import Overloaded

T = TypeVar("T")

# The first choice of OWASP and of ASVS 11.4.2 (appendix C). Of the equally strong ones
# it is the one that costs an attacker's graphics card the most memory.
MEMORY_KIB = 46 * 1024
ITERATIONS = 1
LANES = 1

# What bounds a storm of sign-ins: THREADS times MEMORY_KIB, and a wait of seconds.
THREADS = 2
WAITING = 64
RETRY_SECONDS = 2.0


def argon2id() -> PasswordHasher:
    """Return the hasher with today's parameters."""
    return PasswordHasher(
        time_cost=ITERATIONS, memory_cost=MEMORY_KIB, parallelism=LANES
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password is right, and its new hash if the parameters have changed."""

    right: bool
    rehashed: str | None = field(default=None, repr=False)


class Passwords:
    """Hashes and verifies, a few at a time; when many wait, `Overloaded`."""

    def __init__(self, hasher: PasswordHasher, threads: ThreadPoolExecutor) -> None:
        self._hasher = hasher
        self._threads = threads
        self._places = BoundedSemaphore(THREADS + WAITING)
        # What a password is compared with when there is no user, at the same cost.
        self._nobody = hasher.hash(token_urlsafe())

    @classmethod
    @contextmanager
    def open(cls, hasher: PasswordHasher) -> Iterator["Passwords"]:
        """Keep the threads while the block runs."""
        with ThreadPoolExecutor(THREADS, "argon2") as threads:
            yield cls(hasher, threads)

    async def hash(self, password: str) -> str:
        """Hash an accepted password."""
        return await self._run(lambda: self._hasher.hash(password))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Compare a password with a stored hash; `None` takes as long and is wrong."""
        return await self._run(lambda: self._verify(stored, canonical(password)))

    def _verify(self, stored: str | None, password: str | None) -> Verdict:
        if stored is None or password is None:
            self._matches(self._nobody, password or "")
            return Verdict(right=False)
        if not self._matches(stored, password):
            return Verdict(right=False)
        if not self._hasher.check_needs_rehash(stored):
            return Verdict(right=True)
        return Verdict(right=True, rehashed=self._hasher.hash(password))

    def _matches(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return False

    async def _run(self, work: Callable[[], T]) -> T:
        if not self._places.acquire(blocking=False):
            raise Overloaded(retry_seconds=RETRY_SECONDS)
        # The place is given back when the thread is done, not when the caller leaves.
        running: Future[T] = self._threads.submit(work)
        running.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(running)
