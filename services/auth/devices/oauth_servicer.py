"""The surface of OAuth: request in, domain call, response out."""

from dataclasses import replace
from datetime import datetime

from google.protobuf.struct_pb2 import ListValue

from parley.auth.v1 import oauth_service_pb2 as pb
from parley.auth.v1 import oauth_service_pb2_grpc as pb_grpc
from services.auth.devices.devices import Devices
from services.auth.devices.model import display_name
from services.auth.devices.oauth import DEVICE_CODE, GRANTS, OAuth
from services.auth.sessions.metadata import Context, client_of
from services.auth.sessions.model import Client
from services.kit.clock import Clock

# The edge makes it the HTTP status.
STATUS = "x-parley-status"
BAD_REQUEST = "400"


class OAuthServicer(pb_grpc.OAuthServiceServicer):
    """Serves `parley.auth.v1.OAuthService`."""

    def __init__(
        self, devices: Devices, oauth: OAuth, *, public_url: str, clock: Clock
    ) -> None:
        self._devices = devices
        self._oauth = oauth
        self._url = public_url.rstrip("/")
        self._clock = clock

    async def GetAuthorizationServerMetadata(
        self, request: pb.GetAuthorizationServerMetadataRequest, context: Context
    ) -> pb.GetAuthorizationServerMetadataResponse:
        return pb.GetAuthorizationServerMetadataResponse(
            issuer=self._url,
            device_authorization_endpoint=f"{self._url}/oauth/device_authorization",
            token_endpoint=f"{self._url}/oauth/token",
            grant_types_supported=GRANTS,
            response_types_supported=ListValue(),
            token_endpoint_auth_methods_supported=["none"],
        )

    async def AuthorizeDevice(
        self, request: pb.AuthorizeDeviceRequest, context: Context
    ) -> pb.AuthorizeDeviceResponse:
        if request.scope:
            await bad_request(context)
            return pb.AuthorizeDeviceResponse(error="invalid_scope")
        name = display_name(request.client_id)
        begun = await self._devices.begin(name, client=caller(context))
        return pb.AuthorizeDeviceResponse(
            device_code=begun.codes.device,
            user_code=begun.codes.shown,
            verification_uri=begun.uri,
            verification_uri_complete=begun.uri_complete,
            expires_in=seconds(begun.device.expire_time, begun.device.create_time),
            interval=begun.device.poll_seconds,
        )

    async def IssueToken(
        self, request: pb.IssueTokenRequest, context: Context
    ) -> pb.IssueTokenResponse:
        if request.scope:
            await bad_request(context)
            return pb.IssueTokenResponse(error="invalid_scope")
        device = request.grant_type == DEVICE_CODE
        answer = await self._oauth.tokens(
            request.grant_type,
            secret=request.device_code if device else request.refresh_token,
            client=caller(context),
        )
        if isinstance(answer, str):
            await bad_request(context)
            return pb.IssueTokenResponse(error=answer)
        return pb.IssueTokenResponse(
            access_token=answer.access_token.token,
            token_type="Bearer",  # noqa: S106 - a kind of token
            expires_in=seconds(answer.access_token.expire_time, self._clock()),
            refresh_token=answer.refresh_token,
        )


def caller(context: Context) -> Client:
    """Return where a call comes from; what cookies it brings is another's business."""
    return replace(client_of(context), cookie=None)


async def bad_request(context: Context) -> None:
    """Have the edge answer with HTTP 400 (RFC 6749 5.2)."""
    await context.send_initial_metadata(((STATUS, BAD_REQUEST),))


def seconds(until: datetime, now: datetime) -> int:
    """Count whole seconds."""
    return int((until - now).total_seconds())
