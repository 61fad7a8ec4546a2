"""What tests of API keys do over and over."""

import asyncio
from collections.abc import Awaitable
from typing import Any
from uuid import UUID

import grpc
import jwt

from parley.auth.v1 import api_key_service_pb2 as pb
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser


async def create(owner: Browser, *, request_id: str = "", **wanted: Any) -> Any:
    """Make a key, as its owner does."""
    said = {"display_name": "nightly report", "scopes": ["chat", "tools"], **wanted}
    request = pb.CreateApiKeyRequest(
        parent=owner.user, api_key=pb.ApiKey(**said), request_id=request_id
    )
    return await owner.call(owner.api.api_keys.CreateApiKey, request)


async def exchange(api: Api, key: str, address: str = "") -> Any:
    """Exchange a key, as a program or, with an address, the edge does."""
    metadata = [("x-envoy-external-address", address)] if address else []
    request = pb.ExchangeApiKeyRequest(key=key)
    return await api.api_keys.ExchangeApiKey(request, metadata=metadata, timeout=10)


async def anew(api: Api, key: str, address: str = "") -> Any:
    """Exchange a key until auth has looked at it anew: it remembers a second."""
    before = await exchange(api, key, address)
    async with asyncio.timeout(20):
        while (after := await exchange(api, key, address)) == before:
            pass
    return after


async def is_refused(call: Awaitable[Any]) -> bool:
    """Tell whether a call fails."""
    try:
        await call
    except grpc.aio.AioRpcError:
        return True
    return False


async def listed(owner: Browser, **page: Any) -> Any:
    """List somebody's keys."""
    request = pb.ListApiKeysRequest(parent=owner.user, **page)
    return await owner.call(owner.api.api_keys.ListApiKeys, request)


async def revoke(owner: Browser, name: str) -> None:
    """Revoke a key."""
    request = pb.DeleteApiKeyRequest(name=name)
    await owner.call(owner.api.api_keys.DeleteApiKey, request)


def claims(token: str) -> dict[str, Any]:
    """Read what an access token says."""
    said: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return said


def id_of(name: str) -> UUID:
    """Return the ID that a name ends in."""
    return UUID(name.rpartition("/")[2])


async def row(database: Database, name: str, column: str) -> Any:
    """Read a column of a key's row."""
    async with database.transaction() as connection:
        cursor = await connection.execute(
            f"SELECT {column} FROM api_keys WHERE id = %s",
            [id_of(name)],
        )
        found = await cursor.fetchone()
    return found and found[0]
