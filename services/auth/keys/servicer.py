"""The gRPC surface of keys."""

from parley.auth.v1 import key_service_pb2 as pb
from parley.auth.v1 import key_service_pb2_grpc as pb_grpc
from services.auth.keys.model import SigningKeysInFiles
from services.auth.keys.rotation import Rotation
from services.auth.keys.wire import to_signing_key
from services.auth.sessions.metadata import Context
from services.auth.sessions.tokens import AccessTokens
from services.kit import fields
from services.kit.caller import current
from services.kit.clock import Clock
from services.kit.pages import Page, number, token

CACHE = "public, max-age=300"


class KeyServicer(pb_grpc.KeyServiceServicer):
    """Serves `parley.auth.v1.KeyService`; without a rotation, keys are in files."""

    def __init__(
        self, access_tokens: AccessTokens, rotation: Rotation | None, clock: Clock
    ) -> None:
        self._access_tokens = access_tokens
        self._rotating = rotation
        self._clock = clock

    async def GetJsonWebKeySet(
        self, request: pb.GetJsonWebKeySetRequest, context: Context
    ) -> pb.GetJsonWebKeySetResponse:
        keys = await (self._rotating or self._access_tokens).jwks()
        await context.send_initial_metadata((("cache-control", CACHE),))
        return pb.GetJsonWebKeySetResponse(keys=[pb.JsonWebKey(**key) for key in keys])

    async def ListSigningKeys(
        self, request: pb.ListSigningKeysRequest, context: Context
    ) -> pb.ListSigningKeysResponse:
        page = Page.of(request, number)
        keys, now = await self._rotation.keys(), self._clock()
        (begin,) = page.after or (0,)
        end = begin + page.size
        return pb.ListSigningKeysResponse(
            signing_keys=[to_signing_key(key, keys, now) for key in keys[begin:end]],
            next_page_token=token(end) if end < len(keys) else "",
        )

    async def RotateSigningKeys(
        self, request: pb.RotateSigningKeysRequest, context: Context
    ) -> pb.RotateSigningKeysResponse:
        keys = await self._rotation.rotate(
            current().user_id,
            emergency=request.emergency,
            request_id=fields.request_id(request.request_id),
        )
        now = self._clock()
        return pb.RotateSigningKeysResponse(
            signing_keys=[
                to_signing_key(key, keys, now) for key in keys if key.published(now)
            ]
        )

    @property
    def _rotation(self) -> Rotation:
        if self._rotating is None:
            raise SigningKeysInFiles
        return self._rotating
