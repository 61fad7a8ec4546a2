"""Every RPC of the running services, called as each kind of caller."""

import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import grpc
import pytest
from google.api import field_behavior_pb2
from google.protobuf import message_factory
from google.protobuf.descriptor import FieldDescriptor, MethodDescriptor
from google.protobuf.descriptor_pool import Default
from google.protobuf.message import Message

from services.auth.revocations.store import PostgresRevocations
from services.auth.roles.model import BUILT_IN, IMPERSONABLE, OWNER
from services.kit.postgres import Database
from services.kit.revocations import Revoked
from services.kit.status import info_of
from services.llm.__main__ import serving_llm
from services.llm.settings import Settings as LlmSettings
from tests.auth.serving import auth_serving
from tests.conftest import MakeDatabase
from tests.identity import Identity, bearing
from tests.serving import ANY_PORT, chat_serving
from tools.authorization import NONE, Row, rows

# The mesh alone keeps others from what takes no token and is not for the edge.
ROWS = [row for row in rows() if row.token != NONE or "edge" in row.callers]
STALE = 601  # seconds since the caller showed who they are
GATE = {
    "UNAUTHENTICATED",
    "FORBIDDEN",
    "PERMISSION_MISSING",
    "REAUTHENTICATION_REQUIRED",
}
TIMEOUT = 10
# What its owner may have shared: whoever it is not shared with hears that there is
# none, and so does everybody of one that there is not.
SHAREABLE = {
    "/parley.llm.v1.CollectionService/GetCollection": "COLLECTION_NOT_FOUND",
    "/parley.llm.v1.DocumentService/DownloadDocument": "DOCUMENT_NOT_FOUND",
    "/parley.llm.v1.DocumentService/GetDocument": "DOCUMENT_NOT_FOUND",
    "/parley.llm.v1.DocumentService/ReadDocument": "DOCUMENT_NOT_FOUND",
    "/parley.llm.v1.DocumentService/WatchDocument": "DOCUMENT_NOT_FOUND",
}
ME, OTHER, DISABLED = uuid4(), uuid4(), uuid4()


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity()


@pytest.fixture
async def channels(
    identity: Identity, make_database: MakeDatabase, redis_url: str
) -> AsyncIterator[Mapping[str, grpc.aio.Channel]]:
    """The three services, each with its database, and all with one issuer of tokens."""
    auth_url = make_database("auth")
    async with Database.connect(auth_url) as database:
        await PostgresRevocations(database).user(DISABLED, version=2)
    identity.revocations.add(Revoked("user", str(DISABLED), version=2))
    async with AsyncExitStack() as stack:
        chat = await stack.enter_async_context(
            chat_serving(
                make_database("chat"), "127.0.0.1:9", identity, redis_url=redis_url
            )
        )
        wanted: dict[str, Any] = {
            "database_url": make_database("llm"),
            "redis_url": redis_url,
            "auth_address": "none:0",
            "milvus_uri": "http://127.0.0.1:9",  # nothing is searched
            "listen_address": ANY_PORT,
            "metrics_address": ANY_PORT,
            "drain_seconds": 0,
        }
        settings = LlmSettings(**wanted)
        verifier = identity.verifier(trusted=identity.trusted)
        llm = await stack.enter_async_context(serving_llm(settings, verifier))
        auth = await stack.enter_async_context(
            auth_serving(auth_url, redis_url, identity)
        )
        addresses = {"auth": auth, "chat": chat, "llm": f"127.0.0.1:{llm}"}
        yield {
            part: await stack.enter_async_context(grpc.aio.insecure_channel(address))
            for part, address in addresses.items()
        }


def callers(identity: Identity, row: Row) -> dict[str, tuple[dict[str, object], bool]]:
    """Each kind of caller: what its token says, and whether it gets past the gate."""
    claims = identity.claims(ME)
    key = {name: value for name, value in claims.items() if name != "sid"}
    key["key"] = str(uuid4())
    only = frozenset({row.permission} - {""})
    found: dict[str, tuple[dict[str, object], bool]] = {}
    for role, scope in BUILT_IN.items():
        found[role] = with_scope(claims, scope), row.passes(scope)
    found["a key with the scope"] = with_scope(key, only), row.passes(only)
    found["a key without"] = with_scope(key, OWNER - only), row.passes(OWNER - only)
    nothing = frozenset[str]()
    found["a key for nothing"] = with_scope(key, nothing), row.passes(nothing)
    old = claims | {"auth_time": int(time.time()) - STALE}
    found["somebody who has been away"] = old, row.passes(OWNER, fresh=False)
    disabled = with_scope(identity.claims(DISABLED), OWNER)
    found["who is disabled"] = disabled, row.token == NONE
    found["who acts as the user"] = (
        with_scope(claims, IMPERSONABLE) | {"act": {"sub": str(uuid4())}},
        row.passes(IMPERSONABLE),
    )
    return found


def with_scope(
    claims: Mapping[str, object], scope: frozenset[str]
) -> dict[str, object]:
    return {**claims, "scope": " ".join(sorted(scope))}


async def reason(
    channel: grpc.aio.Channel, row: Row, request: bytes, token: str | None
) -> str:
    """Call, and say why it was refused; empty if it was not."""
    method = described(row)
    kind = (
        "stream" if method.client_streaming else "unary",
        "stream" if method.server_streaming else "unary",
    )
    metadata = bearing(token) if token else ()
    call = getattr(channel, "_".join(kind))(row.path)
    sent = iter([request]) if method.client_streaming else request
    running = call(sent, metadata=metadata, timeout=TIMEOUT)
    try:
        if method.server_streaming:
            async for _ in running:
                running.cancel()
                break
        else:
            await running
    except grpc.aio.AioRpcError as error:
        found = info_of(error)
        return found.reason if found else error.code().name
    return ""


def described(row: Row) -> MethodDescriptor:
    """Find a method; the services have loaded theirs."""
    return Default().FindMethodByName(f"{row.service}.{row.method}")


@pytest.mark.asvs("8.2.1", "8.3.1", "10.3.2", "10.3.4")
async def test_each_kind_of_caller_gets_past_the_gate_where_the_table_says_so(
    channels: Mapping[str, grpc.aio.Channel], identity: Identity
):
    wanted, found = {}, {}
    for row in ROWS:
        channel = channels[row.service.split(".")[1]]
        cell = (row.path, "nobody")
        wanted[cell] = not row.needs_token and "edge" in row.callers
        found[cell] = (await reason(channel, row, b"", None)) not in GATE
        for caller, (claims, passes) in callers(identity, row).items():
            cell = (row.path, caller)
            wanted[cell] = passes
            answer = await reason(channel, row, b"", identity.sign(claims))
            found[cell] = answer not in GATE

    assert len(wanted) == len(ROWS) * 11
    assert {cell: end for cell, end in found.items() if end != wanted[cell]} == {}


@pytest.mark.asvs("8.2.2", "8.3.1")
async def test_what_is_anothers_is_refused_whether_there_is_one_or_not(
    channels: Mapping[str, grpc.aio.Channel], identity: Identity
):
    owned = [row for row in ROWS if row.name_field and "edge" in row.callers]
    found, mine = {}, {}
    for row in owned:
        channel = channels[row.service.split(".")[1]]
        claims = with_scope(identity.claims(ME), OWNER)
        token = identity.sign(claims)
        found[row.path] = await reason(channel, row, named(row, OTHER), token)
        mine[row.path] = await reason(channel, row, named(row, ME), token)

    assert len(owned) > 70
    others = {path: end for path, end in found.items() if end != "FORBIDDEN"}
    assert others == SHAREABLE
    assert [path for path, end in mine.items() if end == "INTERNAL"] == []
    # A session of one's own, and not the one that calls.
    reauthenticate = "/parley.auth.v1.SessionService/ReauthenticateSession"
    assert [path for path, end in mine.items() if end in GATE] == [reauthenticate]


def named(row: Row, owner: UUID) -> bytes:
    """Make a request that names something of somebody, and has what it needs."""
    name = row.pattern.replace("*", str(owner), 1).replace("versions/*", "versions/1")
    name = name.replace("*", str(uuid4()))
    request = message_factory.GetMessageClass(described(row).input_type)()
    fill(request)
    *path, last = row.name_field.split(".")
    target: Message = request
    for part in path:
        target = getattr(target, part)
    setattr(target, last, name)
    return request.SerializeToString()


def fill(message: Message) -> None:
    """Give the required fields a value."""
    for field in message.DESCRIPTOR.fields:
        behaviors = field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
        if field_behavior_pb2.REQUIRED not in behaviors:
            continue
        if field.is_repeated:
            continue
        if field.message_type:
            inner = getattr(message, field.name)
            inner.SetInParent()
            fill(inner)
        elif field.type == FieldDescriptor.TYPE_STRING:
            setattr(message, field.name, "text")
        elif field.type == FieldDescriptor.TYPE_BYTES:
            setattr(message, field.name, b"bytes")
        else:
            setattr(message, field.name, 1)
