"""
What must no longer be let in although its access token has not expired.

Every service keeps it in memory and looks there on each call: a few lookups in sets.
Nothing is kept for longer than a token can live.
"""

import asyncio
from collections import OrderedDict, defaultdict
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Literal, Protocol
from uuid import UUID

LIFE_SECONDS = 600.0  # twice as long as an access token lives
EVERY = 2**31 - 1  # a version above all: what is left to who was deleted
AGAIN_SECONDS = 0.4  # long enough to clean up

Kind = Literal["session", "user", "key", "signing_key", "token"]


@dataclass(frozen=True, slots=True)
class Revoked:
    """One thing that is no longer good; of a user, what is older than a version."""

    kind: Kind
    id: str
    version: int = 0


class Holder(Protocol):
    """Whom a token speaks for, and by what: all of it can be revoked."""

    @property
    def user_id(self) -> UUID: ...
    @property
    def session_id(self) -> UUID | None: ...
    @property
    def key_id(self) -> UUID | None: ...
    @property
    def token_id(self) -> UUID | None: ...
    @property
    def version(self) -> int: ...
    @property
    def impersonator(self) -> UUID | None: ...
    @property
    def impersonator_version(self) -> int: ...


class Running:
    """A call that lasts. It ends when what it came with is revoked."""

    __slots__ = ("_cancelled", "_over", "_task", "revoked")

    def __init__(self, task: "asyncio.Task[object]") -> None:
        self._task = task
        self.revoked = False
        self._over = False
        self._cancelled = 0

    def end(self) -> None:
        """
        Cancel the task until it heeds it.

        Before Python 3.12 `asyncio.wait_for` may lose a cancellation.
        """
        if not self._over:
            self.revoked = True
            self._task.cancel()
            self._cancelled += 1
            asyncio.get_running_loop().call_later(AGAIN_SECONDS, self.end)

    def leave(self) -> None:
        """Cancel it no more, and take back that it was."""
        self._over = True
        for _ in range(self._cancelled):
            self._task.uncancel()


class Revocations:
    """
    What was revoked lately, and the calls that end when more is.

    `known` is False until all of the last ten minutes has been told: nobody can say
    until then whether a token is still good.
    """

    def __init__(self, *, known: bool = True) -> None:
        self._known = asyncio.Event()
        if known:
            self._known.set()
        self._sessions: set[UUID] = set()
        self._keys: set[UUID] = set()
        self._tokens: set[UUID] = set()
        self._users: dict[UUID | None, int] = {}
        self._signing_keys: set[str] = set()
        self._times: OrderedDict[Revoked, float] = OrderedDict()
        # By all that can be revoked of it; each with the version that it came with.
        self._running: defaultdict[UUID, dict[Running, int]] = defaultdict(dict)
        self._on_signing_key: list[Callable[[], None]] = []

    def hold(self, holder: Holder) -> bool:
        """Tell whether what a token speaks for was revoked."""
        return (
            holder.session_id in self._sessions
            or self._users.get(holder.user_id, 0) > holder.version
            or holder.key_id in self._keys
            or holder.token_id in self._tokens
            # Who acts as somebody may have lost the right to.
            or self._users.get(holder.impersonator, 0) > holder.impersonator_version
        )

    def hold_signing_key(self, kid: str) -> bool:
        """Tell whether a key that signs access tokens was revoked."""
        return kid in self._signing_keys

    def on_signing_key(self, listener: Callable[[], None]) -> None:
        """Call the listener whenever a key that signs access tokens is revoked."""
        self._on_signing_key.append(listener)

    async def until_known(self, seconds: float) -> None:
        """Wait until everything is known, or raise `TimeoutError`."""
        if not self._known.is_set():
            async with asyncio.timeout(seconds):
                await self._known.wait()

    def complete(self) -> None:
        """Take note that everything until now has been told."""
        self._known.set()

    def add(self, revoked: Revoked) -> None:
        """Let it in no more, and end the calls that it runs."""
        self._forget()
        new = revoked not in self._times
        self._times[revoked] = monotonic() + LIFE_SECONDS
        self._times.move_to_end(revoked)
        if not new:
            return
        if revoked.kind == "signing_key":
            self._signing_keys.add(revoked.id)
            for listener in self._on_signing_key:
                listener()
            return
        found = UUID(revoked.id)
        least = EVERY
        match revoked.kind:
            case "session":
                self._sessions.add(found)
            case "key":
                self._keys.add(found)
            case "token":
                self._tokens.add(found)
            case "user":
                least = max(revoked.version, self._users.get(found, 0))
                self._users[found] = least
        for running, version in tuple(self._running.get(found, {}).items()):
            if version < least:
                running.end()

    def _forget(self) -> None:
        """Forget what no living token can be about."""
        now = monotonic()
        while self._times:
            revoked, until = next(iter(self._times.items()))
            if until > now:
                return
            del self._times[revoked]
            match revoked.kind:
                case "session":
                    self._sessions.discard(UUID(revoked.id))
                case "key":
                    self._keys.discard(UUID(revoked.id))
                case "token":
                    self._tokens.discard(UUID(revoked.id))
                case "signing_key":
                    self._signing_keys.discard(revoked.id)
                case "user" if self._users.get(UUID(revoked.id)) == revoked.version:
                    del self._users[UUID(revoked.id)]

    @asynccontextmanager
    async def lasting(
        self, holder: Holder, error: type[Exception]
    ) -> AsyncIterator[None]:
        """Run a block until what it came with is revoked; then raise an error in it."""
        with self._running_by(holder) as running:
            try:
                # Meanwhile it may have been revoked.
                if self.hold(holder):
                    raise error
                yield
            except asyncio.CancelledError:
                if not running.revoked:
                    raise
            else:
                if running.revoked:
                    # It came to its end just then: the cancellation is still to come.
                    with suppress(asyncio.CancelledError):
                        await asyncio.sleep(0)
        if running.revoked:
            raise error

    @contextmanager
    def _running_by(self, holder: Holder) -> Iterator[Running]:
        task = asyncio.current_task()
        assert task
        running = Running(task)
        versions = {
            holder.user_id: holder.version,
            holder.session_id: holder.version,
            holder.key_id: holder.version,
            holder.token_id: holder.version,
            holder.impersonator: holder.impersonator_version,
        }
        ids = [found for found in versions if found]
        for found in ids:
            self._running[found][running] = versions[found]
        try:
            yield running
        finally:
            running.leave()
            for found in ids:
                del self._running[found][running]
                if not self._running[found]:
                    del self._running[found]
