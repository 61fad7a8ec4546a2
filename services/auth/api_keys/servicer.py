"""The gRPC surface of API keys: request in, domain call, response out."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from parley.auth.v1 import api_key_service_pb2 as pb
from parley.auth.v1 import api_key_service_pb2_grpc as pb_grpc
from services.auth.api_keys.api_keys import ApiKeys
from services.auth.api_keys.exchange import Exchange
from services.auth.api_keys.model import ApiKey, display_name
from services.auth.api_keys.wire import from_request, to_api_key
from services.auth.sessions.metadata import Context, client_of, values
from services.auth.sessions.wire import to_access_token
from services.kit.caller import require
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page

# The edge alone can write it: it takes away what comes from outside.
KEY = "x-parley-api-key"
MUTABLE = ("display_name",)


def position(key: ApiKey) -> tuple[datetime, UUID]:
    """Return what a key is listed by."""
    return key.create_time, key.id


class ApiKeyServicer(pb_grpc.ApiKeyServiceServicer):
    """Serves `parley.auth.v1.ApiKeyService`."""

    def __init__(self, keys: ApiKeys, exchange: Exchange) -> None:
        self._keys = keys
        self._exchange = exchange

    async def CreateApiKey(
        self, request: pb.CreateApiKeyRequest, context: Context
    ) -> pb.CreateApiKeyResponse:
        (user_id,) = parse_name(request.parent, "users")
        wanted = from_request(request, require(user_id))
        new = await self._keys.create(user_id, wanted, client=client_of(context))
        return pb.CreateApiKeyResponse(api_key=to_api_key(new.key), key=new.text)

    async def ListApiKeys(
        self, request: pb.ListApiKeysRequest, context: Context
    ) -> pb.ListApiKeysResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, datetime.fromisoformat, UUID)
        found = await self._keys.page(user_id, page)
        return pb.ListApiKeysResponse(
            api_keys=[to_api_key(key) for key in found[: page.size]],
            next_page_token=page.next_token(found, position),
        )

    async def UpdateApiKey(
        self, request: pb.UpdateApiKeyRequest, context: Context
    ) -> pb.UpdateApiKeyResponse:
        user_id, key_id = parse_name(request.api_key.name, "users", "apiKeys")
        require(user_id)
        wanted = request.api_key
        renamed = changed_fields(wanted, request.update_mask.paths, MUTABLE)
        key = await self._keys.rename(
            user_id, key_id, display_name(wanted.display_name) if renamed else None
        )
        return pb.UpdateApiKeyResponse(api_key=to_api_key(key))

    async def DeleteApiKey(
        self, request: pb.DeleteApiKeyRequest, context: Context
    ) -> pb.DeleteApiKeyResponse:
        user_id, key_id = parse_name(request.name, "users", "apiKeys")
        require(user_id)
        await self._keys.revoke(user_id, key_id, client=client_of(context))
        return pb.DeleteApiKeyResponse()

    async def ExchangeApiKey(
        self, request: pb.ExchangeApiKeyRequest, context: Context
    ) -> pb.ExchangeApiKeyResponse:
        text = request.key or bearer(values(context, KEY))
        right = await self._exchange.exchange(text, client=client_of(context))
        header = ("authorization", f"Bearer {right.token.token}")
        await context.send_initial_metadata((header,))
        return pb.ExchangeApiKeyResponse(
            api_key=to_api_key(right.key), access_token=to_access_token(right.token)
        )


def bearer(headers: Sequence[str]) -> str:
    """Return the key that the edge was shown as `Bearer parley_…`, if any."""
    return headers[0].partition(" ")[2] if headers else ""
