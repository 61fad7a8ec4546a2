"""The gRPC surface of the exchange, for the edge alone."""

from parley.auth.v1 import exchange_service_pb2 as pb
from parley.auth.v1 import exchange_service_pb2_grpc as pb_grpc
from services.auth.api_keys.exchange import Exchange
from services.auth.api_keys.model import ApiKeyInvalid
from services.auth.sessions.metadata import Context, client_of, values

# The edge alone can write it: it takes what comes from outside away.
KEY = "x-parley-api-key"
SCHEME = "bearer"


class ExchangeServicer(pb_grpc.ExchangeServiceServicer):
    """Serves `parley.auth.v1.ExchangeService`."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    async def ExchangeApiKey(
        self, request: pb.ExchangeApiKeyRequest, context: Context
    ) -> pb.ExchangeApiKeyResponse:
        scheme, _, text = next(iter(values(context, KEY)), "").partition(" ")
        if scheme.lower() != SCHEME:
            raise ApiKeyInvalid
        token = await self._exchange.exchange(text, client=client_of(context))
        header = ("authorization", f"Bearer {token.token}")
        await context.send_initial_metadata((header,))
        return pb.ExchangeApiKeyResponse()
