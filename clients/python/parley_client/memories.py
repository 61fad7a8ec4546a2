"""Memories: facts that a user agreed to have remembered."""

from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

from parley.llm.v1 import memory_service_pb2 as pb
from parley.llm.v1.memory_service_pb2 import Memory
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Memories:
    """The memories of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.memories
        self._session = session

    async def add(self, text: str) -> Memory:
        """Have a fact remembered: one line, which models are told."""
        request = pb.CreateMemoryRequest(
            parent=self._session.user,
            memory=Memory(text=text),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateMemory(request)).memory

    def list(self) -> AsyncIterator[Memory]:
        """List the memories, newest first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Memory], str]:
            request = pb.ListMemoriesRequest(parent=user, page_token=token)
            answer = await self._stubs.ListMemories(request)
            return answer.memories, answer.next_page_token

        return every(page)

    async def change(self, memory: Memory | str, text: str) -> Memory:
        """Have something else remembered instead."""
        request = pb.UpdateMemoryRequest(
            memory=Memory(name=self._name(memory), text=text),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateMemory(request)).memory

    async def delete(
        self, memory: Memory | str, *, allow_missing: bool = False
    ) -> None:
        """Have a fact forgotten."""
        request = pb.DeleteMemoryRequest(
            name=self._name(memory),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteMemory(request)

    def _name(self, memory: Memory | str) -> str:
        return name_of(memory, f"{self._session.user}/memories")
