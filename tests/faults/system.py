"""A whole system that a test may hurt: an edge, two of chat, two of llm, the stores."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

import grpc
import psycopg
import redis

from deploy.local import postgres
from deploy.local import redis as embedded_redis
from deploy.local.ports import free_port
from deploy.local.state import ROOT
from edge.envoy.render import Edge
from services.kit.jwk import to_jwk
from services.kit.migrate import migrate
from tests.chat.replicas import keys_serving
from tests.conftest import PASSWORD, patiently
from tests.doubles.openai_server import serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.edge.envoy_process import Envoy, running
from tests.edge.parts import web_server
from tests.faults.processes import Process, as_user
from tests.identity import Identity

STREAMS = 80  # on one connection
Channel = grpc.aio.Channel
HOLDER = """
SELECT replicas.name FROM messages JOIN replicas ON replicas.id = messages.holder
WHERE messages.id = %s
"""
INITIALISE = """
import sys
from pathlib import Path
from deploy.local.postgres import initialise
initialise(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
"""
NEEDED = ("PATH", "HOME", "LANG")


@dataclass
class System:
    """Where the parts are. Everything is real but the provider of the model."""

    identity: Identity
    upstream: Upstream
    postgres: Process
    redis: Process
    llms: list[Process]
    chats: list[Process]
    database: str
    redis_url: str
    envoy: Envoy

    async def start_service(self, process: Process) -> None:
        """Start a replica, and wait until it serves and the edge knows."""
        await process.start()
        await process.until_serving()
        await self.until_known()

    async def until_known(self) -> None:
        """Wait until the edge sees every replica well."""
        for part in ("chat", "llm"):
            await self.envoy.until_stat(f"cluster.{part}.membership_healthy", 2)

    async def start_postgres(self) -> None:
        """Start Postgres, and wait until it answers."""
        await self.postgres.start()
        await asyncio.to_thread(
            patiently(psycopg.OperationalError), connect_once, self.database
        )

    async def start_redis(self) -> None:
        """Start Redis, and wait until it answers."""
        await self.redis.start()
        with redis.Redis.from_url(self.redis_url) as client:
            retrying = patiently(redis.ConnectionError)
            await asyncio.to_thread(retrying, client.ping)

    async def holder(self, reply: str) -> Process:
        """Find the replica that writes a reply."""
        name = await asyncio.to_thread(self.query, HOLDER, reply.rpartition("/")[2])
        return self.chats[int(str(name).removeprefix("chat-")) - 1]

    def query(self, query: Any, *arguments: Any) -> Any:
        """Read one value from chat's tables."""
        with psycopg.connect(self.database) as connection:
            found = connection.execute(query, arguments).fetchone()
        assert found
        return found[0]

    def times_asked(self, text: str) -> int:
        """Count how often the model was asked this."""
        return sum(
            received.body["messages"][-1]["content"] == text
            for received in self.upstream.requests
        )

    def token(self, user: UUID) -> str:
        """Sign an access token that has just begun."""
        return self.identity.token(user)


@asynccontextmanager
async def channels_to(system: System, streams: int) -> AsyncIterator[list[Channel]]:
    """Open connections for so many streams: the edge takes 100 on each."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(
                grpc.aio.insecure_channel(
                    system.envoy.target, options=[("grpc.use_local_subchannel_pool", 1)]
                )
            )
            for _ in range(1 + streams // STREAMS)
        ]


def connect_once(database: str) -> None:
    """See whether Postgres answers."""
    psycopg.connect(database).close()


@asynccontextmanager
async def hurtable(**settings: str) -> AsyncIterator[System]:
    """Run a system with these settings of chat; leave nothing behind."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="parley-faults-")))
        os.chmod(folder, 0o711)  # noqa: S103 - Postgres runs as somebody else
        started: list[Process] = []
        stack.push_async_callback(end_all, started)
        identity = Identity()
        keys = await stack.enter_async_context(keys_serving(identity))
        upstream = await stack.enter_async_context(serving(Script(tokens=words(20))))
        await start_stores(folder, started)
        database = postgres.url(folder / "pg", "chat", PASSWORD)
        for name in ("chat", "llm"):
            url = postgres.url(folder / "pg", name, PASSWORD)
            await asyncio.to_thread(migrate, name, url)
        llms = [
            service("llm", n, folder, llm_settings(keys, upstream.url, folder))
            for n in (1, 2)
        ]
        (folder / "chat-keys.json").write_text(
            json.dumps({"keys": [to_jwk(identity.chat_key)]})
        )
        (folder / "chat.pem").write_bytes(identity.chat_key_pem)
        own = {
            "CHAT_DATABASE_URL": database,
            "CHAT_REDIS_URL": embedded_redis.url(folder / "redis.sock"),
            "CHAT_AUTH_ADDRESS": keys,
            "CHAT_LLM_ADDRESS": ",".join(llm.address for llm in llms),
            "CHAT_SIGNING_KEY_FILE": str(folder / "chat.pem"),
            "CHAT_NOTICE_SECONDS": "3",
            "CHAT_DRAIN_SECONDS": "2",
            "CHAT_TITLES": "false",
            "CHAT_RATE_BURST": "1000000",
            **settings,
        }
        chats = [
            service(
                "chat",
                n,
                folder,
                {
                    **own,
                    "CHAT_REPLICA_NAME": f"chat-{n}",
                    "CHAT_METRICS_ADDRESS": f"127.0.0.1:{free_port()}",
                },
            )
            for n in (1, 2)
        ]
        for process in (*llms, *chats):
            started.append(process)
            await process.start()
        for process in (*llms, *chats):
            await process.until_serving()
        edge = Edge(
            auth=(keys,),
            chat=tuple(chat.address for chat in chats),
            llm=tuple(llm.address for llm in llms),
            web=await stack.enter_async_context(web_server([])),
        )
        envoy = await stack.enter_async_context(running(edge, folder))
        await envoy.until_keys()
        system = System(
            identity=identity,
            upstream=upstream,
            postgres=started[0],
            redis=started[1],
            llms=llms,
            chats=chats,
            database=database,
            redis_url=own["CHAT_REDIS_URL"],
            envoy=envoy,
        )
        await system.until_known()
        yield system


async def start_stores(folder: Path, started: list[Process]) -> None:
    """Start Postgres, which waits for its disk as in production, and Redis."""
    data, sockets = folder / "data", folder / "pg"
    setup = Process(
        (sys.executable, "-c", INITIALISE, str(data), str(sockets), PASSWORD),
        folder / "initdb.log",
        environment={"PYTHONPATH": str(ROOT)},
    )
    await setup.start()
    assert await setup.wait() == 0, setup.log.read_text()
    server = Process(
        as_user(postgres.user(), postgres.command(data, sockets)),
        folder / "postgres.log",
    )
    socket = folder / "redis.sock"
    cache = Process(embedded_redis.command(folder / "redis", socket), folder / "r.log")
    for process in (server, cache):
        started.append(process)
        await process.start()
    admin = postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres")
    await asyncio.to_thread(
        patiently(psycopg.OperationalError),
        postgres.prepare,
        admin,
        dict.fromkeys(postgres.SERVICES, PASSWORD),
    )


def service(name: str, number: int, folder: Path, settings: dict[str, str]) -> Process:
    """Describe a replica of a service."""
    address = f"127.0.0.1:{free_port()}"
    return Process(
        (sys.executable, "-m", f"services.{name}"),
        folder / f"{name}-{number}.log",
        address,
        {
            **{key: os.environ[key] for key in NEEDED if key in os.environ},
            "PYTHONPATH": f"{ROOT}:{ROOT}/gen/python",
            f"{name.upper()}_LISTEN_ADDRESS": address,
            **settings,
        },
    )


def llm_settings(keys: str, upstream: str, folder: Path) -> dict[str, str]:
    """Say where llm finds keys and the model."""
    return {
        "LLM_DATABASE_URL": postgres.url(folder / "pg", "llm", PASSWORD),
        "LLM_REDIS_URL": embedded_redis.url(folder / "redis.sock"),
        "LLM_AUTH_ADDRESS": keys,
        "LLM_TRUSTED_KEYS_FILE": str(folder / "chat-keys.json"),
        "OPENAI_BASE_URL": upstream,
        "OPENAI_API_KEY": "sk-scripted",
        "PARLEY_MODEL": "scripted",
    }


async def end_all(started: list[Process]) -> None:
    """End everything, the newest first."""
    for process in reversed(started):
        process.send(signal.SIGCONT)
        is_postgres = process is started[0]
        await process.end(signal.SIGINT if is_postgres else signal.SIGKILL)
