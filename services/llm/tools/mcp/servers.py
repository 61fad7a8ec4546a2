"""The servers that the operator allows: one long session with each."""

import asyncio
import importlib
import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from functools import partial
from random import uniform
from typing import Any

from prometheus_client import Gauge

from services.llm.tools.mcp.listing import Listed, believed
from services.llm.tools.model import Call, CallFailed, Tool, Tools
from services.llm.tools.policy import ServerPolicy

log = logging.getLogger(__name__)

LISTED_SECONDS = 60.0  # how long a list is taken as fresh
FIRST_SECONDS = 5.0  # that a caller waits for a server which was never reached
PAUSES = (0.5, 1.0, 2.0, 5.0, 15.0, 60.0)  # before it is tried again
CALLS_AT_ONCE = 16  # of one server
END_SECONDS = 5.0
SESSION = "services.llm.tools.mcp.session"

up = Gauge("llm_mcp_server_up", "Whether there is a session.", ("server",))


class Server:
    """One server; its session lives in a task of its own."""

    def __init__(
        self, policy: ServerPolicy, *, listed_seconds: float, first_seconds: float
    ) -> None:
        self._policy = policy
        self._listed_seconds = listed_seconds
        self._first_seconds = first_seconds
        self._listed: Mapping[str, Listed] = {}
        self._session: Any = None  # as long as there is one
        self._tried = asyncio.Event()
        self._lost = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._turns = asyncio.Semaphore(CALLS_AT_ONCE)

    async def tools(self) -> Tools:
        """Return what it has; nothing while it is away."""
        if self._task is None or self._task.done():
            # Not before somebody asks: a service that starts has other things to do.
            self._task = asyncio.create_task(self._keep(), name="mcp server")
        if not self._tried.is_set():
            try:
                async with asyncio.timeout(self._first_seconds):
                    await self._tried.wait()
            except TimeoutError:
                log.warning("a server is slow", extra={"server": self._policy.name})
        return [self._tool(listed) for listed in self._listed.values()]

    async def close(self) -> None:
        """End the session, and the child if there is one."""
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task], timeout=END_SECONDS)

    def _tool(self, listed: Listed) -> Tool:
        policy = listed.policy
        return Tool(
            spec=listed.spec,
            display_name=listed.display_name,
            run=partial(self._call, listed.name),
            server=self._policy.name,
            enabled=policy.enabled,
            approval=policy.approval != "never",
            seconds=self._policy.call_seconds,
        )

    async def _call(self, tool: str, call: Call) -> str:
        if (session := self._session) is None:
            raise CallFailed("The tool's server is away.")
        async with self._turns:
            try:
                said: str = await session.call(
                    tool, call.arguments, seconds=self._policy.call_seconds
                )
            except CallFailed:
                raise
            except Exception as error:
                self._lost.set()
                raise CallFailed("The tool's server went away.") from error
        return said

    async def _keep(self) -> None:
        """Keep a session, and begin a new one when it is lost."""
        module = await asyncio.to_thread(importlib.import_module, SESSION)
        failures = 0
        while True:
            self._lost.clear()
            try:
                async with (
                    asyncio.timeout(self._policy.connect_seconds) as limit,
                    module.connected(self._policy) as session,
                ):
                    await self._list(session)
                    limit.reschedule(None)
                    self._session, failures = session, 0
                    self._note(there=True)
                    await self._relist(session)
            except Exception as error:
                extra = {"server": self._policy.name, "error": type(error).__name__}
                log.warning("a server is away", extra=extra)
            finally:
                self._session, self._listed = None, {}
                self._note(there=False)
            pause = PAUSES[min(failures, len(PAUSES) - 1)]
            failures += 1
            await asyncio.sleep(uniform(pause / 2, pause))  # noqa: S311 - no secret

    async def _relist(self, session: Any) -> None:
        """
        List again now and then, and when the session seems to be lost: if it is not,
        the calls of others go on.
        """
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._listed_seconds):
                    await self._lost.wait()
            self._lost.clear()
            await self._list(session)

    async def _list(self, session: Any) -> None:
        async with asyncio.timeout(self._policy.connect_seconds):
            tools = await session.tools()
        # A server decides how much there is to look at, so others go on meanwhile.
        found = await asyncio.to_thread(lambda: [*believed(self._policy, tools)])
        session.expect({each.name: each.output for each in found if each.output})
        self._listed = {each.spec.name: each for each in found}

    def _note(self, *, there: bool) -> None:
        self._tried.set()
        up.labels(self._policy.name).set(int(there))


class Servers:
    """All of them."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        policies: Sequence[ServerPolicy],
        *,
        listed_seconds: float = LISTED_SECONDS,
        first_seconds: float = FIRST_SECONDS,
    ) -> AsyncIterator["Servers"]:
        """Keep sessions while the block runs, with those that somebody asks for."""
        async with AsyncExitStack() as stack:
            servers = [
                Server(each, listed_seconds=listed_seconds, first_seconds=first_seconds)
                for each in policies
            ]
            for server in servers:
                stack.push_async_callback(server.close)
            yield cls(servers)

    async def tools(self) -> Tools:
        """Return what all of them have."""
        found = await asyncio.gather(*(server.tools() for server in self._servers))
        return [tool for tools in found for tool in tools]
