"""The gRPC surface of keys."""

from parley.auth.v1 import key_service_pb2 as pb
from parley.auth.v1 import key_service_pb2_grpc as pb_grpc
from services.auth.sessions.metadata import Context
from services.auth.sessions.tokens import AccessTokens

CACHE = "public, max-age=300"


class KeyServicer(pb_grpc.KeyServiceServicer):
    """Serves `parley.auth.v1.KeyService`."""

    def __init__(self, access_tokens: AccessTokens) -> None:
        self._access_tokens = access_tokens

    async def GetJsonWebKeySet(
        self, request: pb.GetJsonWebKeySetRequest, context: Context
    ) -> pb.GetJsonWebKeySetResponse:
        keys = await self._access_tokens.jwks()
        await context.send_initial_metadata((("cache-control", CACHE),))
        return pb.GetJsonWebKeySetResponse(keys=[pb.JsonWebKey(**key) for key in keys])
