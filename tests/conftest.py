"""Real parts for every test: only the providers of models are played."""

import socket
import subprocess
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import LiteralString
from uuid import uuid4

import psycopg
import pytest
import redis
from hypothesis import HealthCheck, settings
from psycopg import sql
from tenacity import Retrying, retry_if_exception_type, stop_after_delay, wait_fixed

from deploy.local import milvus, postgres
from deploy.local import redis as embedded_redis
from deploy.local.ports import free_port
from services.kit.migrate import migrate
from tests.postgres_server import postgres_server
from tests.stack import Stack, running

# What is in tests/canaries/secrets.py is looked for in all that they log.
pytest_plugins = ["pytester", "tests.asvs.plugin", "tests.canaries.plugin"]

# How long an example takes says how busy the machine is.
settings.register_profile(
    "parley", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("parley")

PASSWORD = "test"
ROOM = 4 * 1024**3  # bytes; what is written ahead may be a quarter of it
MakeDatabase = Callable[[str], str]


def memory() -> Path | None:
    """
    Return a folder that lies in memory, if there is one with room.

    Each test gets databases of its own: hundreds of files are made and removed again.
    """
    shared = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    return shared if shared.is_dir() and disk_usage(shared).free > ROOM else None


@pytest.fixture(scope="session")
def run_folder() -> Iterator[Path]:
    """A short path for sockets, which a Unix socket's name needs."""
    with TemporaryDirectory(prefix="parley-", dir=memory()) as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


@pytest.fixture(scope="session")
def postgres_sockets(run_folder: Path) -> Iterator[Path]:
    """A real server, empty but for the services' roles."""
    with postgres_server(run_folder, PASSWORD) as sockets:
        admin = postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres")
        patiently(psycopg.OperationalError)(
            postgres.prepare, admin, dict.fromkeys(postgres.SERVICES, PASSWORD)
        )
        yield sockets


@pytest.fixture(scope="session")
def templates(postgres_sockets: Path) -> set[str]:
    """The services whose tables are made: each once, then copied."""
    return set()


@pytest.fixture
def make_database(
    postgres_sockets: Path, templates: set[str]
) -> Iterator[MakeDatabase]:
    """Make a service's database, migrated and empty, for this test alone."""
    made = []

    def make(service: str) -> str:
        template, name = f"template_{service}", f"test_{uuid4().hex}"
        if service not in templates:
            copy(postgres_sockets, postgres.DATABASE, template)
            migrate(service, address(postgres_sockets, service, template))
            templates.add(service)
        copy(postgres_sockets, template, name)
        made.append(name)
        return address(postgres_sockets, service, name)

    yield make
    for name in made:
        execute(postgres_sockets, "DROP DATABASE {} WITH (FORCE)", name)


@pytest.fixture
def auth_database(make_database: MakeDatabase) -> str:
    """The URL of auth's database."""
    return make_database("auth")


@pytest.fixture
def chat_database(make_database: MakeDatabase) -> str:
    """The URL of chat's database."""
    return make_database("chat")


@pytest.fixture
def llm_database(make_database: MakeDatabase) -> str:
    """The URL of llm's database."""
    return make_database("llm")


@pytest.fixture(scope="session")
def redis_server(run_folder: Path) -> Iterator[str]:
    """A real server."""
    socket = run_folder / "redis.sock"
    server = subprocess.Popen(
        embedded_redis.command(run_folder / "redis", socket), stdout=subprocess.DEVNULL
    )
    try:
        url = embedded_redis.url(socket)
        with redis.Redis.from_url(url) as client:
            patiently(redis.ConnectionError)(client.ping)
        yield url
    finally:
        server.terminate()
        server.wait()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """The URL of an empty Redis."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushall()
    return redis_server


@pytest.fixture(scope="session")
def milvus_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real Milvus Lite, shared: a test makes its own users."""
    folder, port = tmp_path_factory.mktemp("milvus"), free_port()
    with (folder / "log").open("w") as log:
        server = subprocess.Popen(
            milvus.command(folder / "data", port), stdout=log, stderr=log
        )
    try:
        patiently(OSError)(socket.create_connection, ("127.0.0.1", port)).close()
        yield milvus.url(port)
    finally:
        server.kill()  # told to end, it waits for its clients
        server.wait()


def patiently(error: type[Exception]) -> Retrying:
    """Call again until it no longer fails so."""
    return Retrying(
        retry=retry_if_exception_type(error),
        stop=stop_after_delay(60),
        wait=wait_fixed(0.02),
        reraise=True,
    )


def address(sockets: Path, service: str, database: str) -> str:
    return postgres.url(sockets, service, PASSWORD, database)


def copy(sockets: Path, template: str, name: str) -> None:
    execute(sockets, "CREATE DATABASE {} TEMPLATE {}", name, template)


def execute(sockets: Path, statement: LiteralString, *names: str) -> None:
    admin = postgres.url(sockets, postgres.ADMIN, PASSWORD, "postgres")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


@pytest.fixture(scope="session")
async def stack() -> AsyncIterator[Stack]:
    """The whole system over a scripted model, shared: a test makes its own users."""
    async with running() as stack:
        yield stack
