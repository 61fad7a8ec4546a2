"""Milvus on one machine: it starts when it is needed, and keeps what it has."""

import os
import signal
from uuid import UUID, uuid4

import psutil
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local.state import State
from deploy.local.supervisor import Supervisor
from services.kit.errors import Unavailable
from services.llm.documents.index.connection import connect
from services.llm.documents.index.milvus import MilvusIndex
from services.llm.documents.model import Chunk, Scope
from tests.llm.documents.index.indexing import silently
from tests.stack import Stack, running

# As a caller who has time does: a Milvus that is starting is away for a moment.
trying_again = retry(
    retry=retry_if_exception_type(Unavailable),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.1),
    reraise=True,
)
TEXT = "It rains in Bergen on most days."


def milvus_of(stack: Stack) -> psutil.Process:
    infos = Supervisor(State.of(stack.environment)).info()
    (pid,) = [int(info["pid"]) for info in infos if info["name"] == "milvus"]
    return psutil.Process(pid)


def uri_of(stack: Stack) -> str:
    return environment_of(stack, "llm")["LLM_MILVUS_URI"]


def environment_of(stack: Stack, part: str) -> dict[str, str]:
    infos = Supervisor(State.of(stack.environment)).info()
    (pid,) = [int(info["pid"]) for info in infos if info["name"] == part]
    return psutil.Process(pid).environ()


async def test_milvus_starts_when_it_is_first_needed_and_keeps_what_it_has():
    me, document = uuid4(), uuid4()

    async with running() as stack:
        waiting = milvus_of(stack).memory_info().rss
        await put(stack, me, document)
        process = milvus_of(stack).pid
        await stack.local("down")
        await stack.local("up")
        kept = await search(stack, me)
        os.kill(milvus_of(stack).pid, signal.SIGKILL)
        after_death = await search(stack, me)

    assert waiting < 20 * 2**20
    assert process
    assert kept == after_death == [document]


async def test_whoever_has_a_milvus_of_their_own_runs_none():
    async with running(LLM_MILVUS_URI="http://127.0.0.1:1") as stack:
        parts = Supervisor(State.of(stack.environment)).configured()

        assert "milvus" not in parts
        assert "llm" in parts
        assert uri_of(stack) == "http://127.0.0.1:1"
        assert "milvus" not in await stack.local("status")


async def test_nobody_but_this_machine_reaches_milvus(stack: Stack):
    await put(stack, uuid4(), uuid4())

    listening = {
        connection.laddr.ip.removeprefix("::ffff:")
        for connection in milvus_of(stack).net_connections()
        if connection.status == psutil.CONN_LISTEN
    }

    assert listening == {"127.0.0.1"}


async def put(stack: Stack, owner: UUID, document: UUID) -> None:
    async with connect(uri_of(stack)) as milvus:

        @trying_again
        async def put() -> None:
            chunks = [Chunk(0, 0, len(TEXT), 0, "", TEXT)]
            await MilvusIndex(milvus).put(owner, document, None, chunks, silently)

        await put()


async def search(stack: Stack, owner: UUID) -> list[UUID]:
    async with connect(uri_of(stack)) as milvus:

        @trying_again
        async def search() -> list[UUID]:
            hits = await MilvusIndex(milvus).search("rain", [Scope(owner)], limit=5)
            return [hit.document_id for hit in hits]

        return await search()
