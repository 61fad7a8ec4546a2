"""Start a system, wait until it is well, and prove that it does its work."""

import json
import os
import shutil
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPConnection, HTTPException
from typing import Any

import grpc
import psycopg
import redis as redis_client
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from dotenv import dotenv_values
from grpc_health.v1 import health_pb2, health_pb2_grpc

from deploy.local import mailbox, postgres
from deploy.local.parts import SERVICES, STORES, System, port_names
from deploy.local.ports import free
from deploy.local.replicas import kind
from deploy.local.state import ROOT, State, random_text
from deploy.local.steps import step
from deploy.local.supervisor import Supervisor, log_tail
from services.kit.jwk import read_signing_key, to_jwk
from services.kit.migrate import migrate

WELL_SECONDS = 60.0
MIB = 2**20
NEEDED_MIB = 256
POLL = 0.05


def environment() -> Mapping[str, str]:
    """Return the environment, with what `.env` adds to it."""
    written = {k: v for k, v in dotenv_values(ROOT / ".env").items() if v is not None}
    return {**written, **os.environ}


def plan(
    state: State, settings: Mapping[str, str], count: int
) -> tuple[System, Supervisor]:
    """Decide where everything is, with so many of each service."""
    state.create()
    supervisor = Supervisor(state)
    running = supervisor.process is not None
    ports = state.ports(port_names(count), running=running)
    return System(state, count, ports, settings), supervisor


def found(state: State, settings: Mapping[str, str]) -> tuple[System, Supervisor]:
    """Say where everything is, with as many of each service as there were started."""
    parts = map(kind, Supervisor(state).configured())
    return plan(state, settings, [*parts].count(SERVICES[0]) or 1)


def start(system: System, supervisor: Supervisor) -> None:
    """Start what does not run, and restart what changed."""
    state = system.state
    if ended := supervisor.end_orphans():
        print(f"  ended what an earlier start left behind (processes: {ended})")
    require_room(state, system.command)
    if not supervisor.process:
        require_port(state, system.command)
    with step("stores"):
        make_secrets(state)
        data, sockets = postgres.folders(state)
        postgres.initialise(data, sockets, system.password(postgres.ADMIN))
        supervisor.configure(system.parts())
        supervisor.start(system.layers)
        for name in STORES:
            supervisor.run(name)
        wait(supervisor, "postgres", lambda: ask_postgres(system))
        wait(supervisor, "redis", lambda: ask_redis(system))
        if system.runs_milvus:  # nobody waits for it: it starts when it is needed
            supervisor.run("milvus")
            wait(supervisor, "milvus", partial(supervisor.runs, "milvus"))
        if system.runs_mailbox:
            supervisor.run("mailbox")
    with step("tables"):
        passwords = {role: system.password(role) for role in postgres.SERVICES}
        postgres.prepare(system.database(postgres.ADMIN, "postgres"), passwords)
        for service in postgres.SERVICES:
            migrate(service, system.database(service))
    with step("services"):
        services = [name for service in SERVICES for name in system.names(service)]
        for name in (*system.beside, *services, "web", "edge"):
            supervisor.run(name)
        for name in system.beside:
            wait(supervisor, name, partial(system.well, name))
        for name in services:
            wait(supervisor, name, partial(ask_service, system.listen(name)))
        if system.runs_mailbox:
            port = system.ports["mailbox"]
            wait(supervisor, "mailbox", lambda: ask_http(port, mailbox.HEALTH))
        wait(supervisor, "web", lambda: ask_http(system.ports["web"], "/healthz"))
        wait(supervisor, "edge", lambda: ask_http(state.port, "/healthz"))
        wait(supervisor, "edge", lambda: ask_http(state.port, "/.well-known/jwks.json"))


def require_room(state: State, command: str = System.command) -> None:
    """Refuse a disk on which the stores would soon fail, and say what to do."""
    free_mib = shutil.disk_usage(state.folder).free // MIB
    if free_mib < NEEDED_MIB:
        raise SystemExit(
            f"Only {free_mib} MiB are free on the disk of {state.folder}; Parley needs "
            f"{NEEDED_MIB}. Make room, or keep its data elsewhere: "
            f"{command} PARLEY_STATE=/another/disk"
        )


def require_port(state: State, command: str = System.command) -> None:
    """Refuse a port that somebody else uses, and say what to do."""
    if not free(state.port):
        other = state.port + 1
        raise SystemExit(
            f"Port {state.port} is in use by another program. "
            f"End it, or take another port: {command} PARLEY_PORT={other}"
        )


def make_secrets(state: State) -> None:
    """Make the keys that services sign and derive with, at the first start."""

    def signing_key() -> str:
        return (
            ec.generate_private_key(ec.SECP256R1())
            .private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
            .decode()
        )

    state.secret("refresh-key")
    state.secret("sealing-keys", lambda: f"1:{random_text()}")
    audit = state.secret("audit-key.pem", signing_key)
    # For who verifies an export of the audit log.
    published = state.secret("audit-keys.json", str)
    published.write_text(json.dumps({"keys": [to_jwk(read_signing_key(audit))]}))
    for service in ("chat", "llm"):
        key = state.secret(f"{service}-signing-key.pem", signing_key)
        # Written anew, so that who trusts a service knows the key that it has now.
        published = state.secret(f"{service}-keys.json", str)
        published.write_text(json.dumps({"keys": [to_jwk(read_signing_key(key))]}))


def wait(supervisor: Supervisor, name: str, well: Callable[[], bool]) -> None:
    """Wait until a part answers; else end with what its log says last."""
    deadline = time.monotonic() + WELL_SECONDS
    died, _ = supervisor.restarts().get(name, (0, ""))
    while not well():
        gave_up = supervisor.gave_up(name) or supervisor.refuses(name, died)
        if gave_up or time.monotonic() > deadline:
            log = supervisor.log(name)
            raise SystemExit(
                f"\n{name} does not come up. The end of {log}:\n\n{log_tail(log)}"
            )
        time.sleep(POLL)


def ask_postgres(system: System) -> bool:
    """Tell whether Postgres answers."""
    try:
        psycopg.connect(system.database(postgres.ADMIN, "postgres")).close()
    except psycopg.OperationalError:
        return False
    return True


def ask_redis(system: System) -> bool:
    """Tell whether Redis answers."""
    try:
        with redis_client.Redis.from_url(system.redis) as client:
            return bool(client.ping())
    except redis_client.RedisError:
        return False


def ask_service(address: str) -> bool:
    """Tell whether a service says that it is serving."""
    with grpc.insecure_channel(address) as channel:
        try:
            health: Any = health_pb2_grpc.HealthStub(channel)  # typed for asyncio only
            answer = health.Check(health_pb2.HealthCheckRequest(), timeout=1)
        except grpc.RpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def ask_http(port: int, path: str) -> bool:
    """Tell whether a web server answers."""
    connection = HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        # As a person writes it: in the mesh, routes are for this name.
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
