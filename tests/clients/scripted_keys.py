"""Keys and terminals, as auth has them; a person approves as the test says."""

import time
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from parley.auth.v1 import api_key_service_pb2 as keys_pb
from parley.auth.v1 import api_key_service_pb2_grpc as keys_grpc
from parley.auth.v1 import device_service_pb2 as devices_pb
from parley.auth.v1 import device_service_pb2_grpc as devices_grpc
from parley.auth.v1 import session_service_pb2 as sessions_pb
from services.auth.api_keys.model import ApiKeyInvalid
from services.auth.devices.model import (
    AuthorizationPending,
    DeviceNotFound,
    SlowDown,
)
from services.kit.errors import ServiceError
from tests.clients.scripted_auth import ScriptedAuth

Context = grpc.aio.ServicerContext[Any, Any]
LINK = "https://parley.example/device#WDJB-MJHT"


def in_seconds(seconds: float) -> Timestamp:
    """Return a time from now on."""
    found = Timestamp()
    found.FromMilliseconds(int((time.time() + seconds) * 1000))
    return found


class ScriptedKeys(keys_grpc.ApiKeyServiceServicer, devices_grpc.DeviceServiceServicer):
    """Knows keys by their text, and one terminal."""

    def __init__(self, auth: ScriptedAuth) -> None:
        self._auth = auth
        self.keys: dict[str, keys_pb.ApiKey] = {}
        self.refusals: list[ServiceError] = []  # of making a key
        self.asked_by: list[str] = []
        # What polls are answered with, in turn; None: a session of `user`.
        self.polls: list[ServiceError | None] = [AuthorizationPending(), SlowDown()]
        self.user = ""

    async def CreateApiKey(
        self, request: keys_pb.CreateApiKeyRequest, context: Context
    ) -> keys_pb.CreateApiKeyResponse:
        if self.refusals:
            raise self.refusals.pop()
        key = request.api_key
        key.name, key.prefix = f"{request.parent}/apiKeys/{uuid4()}", "parley_12345678"
        text = f"parley_{uuid4().hex}"
        self.keys[text] = key
        return keys_pb.CreateApiKeyResponse(api_key=key, key=text)

    async def ListApiKeys(
        self, request: keys_pb.ListApiKeysRequest, context: Context
    ) -> keys_pb.ListApiKeysResponse:
        return keys_pb.ListApiKeysResponse(api_keys=self.keys.values())

    async def UpdateApiKey(
        self, request: keys_pb.UpdateApiKeyRequest, context: Context
    ) -> keys_pb.UpdateApiKeyResponse:
        for key in self.keys.values():
            if key.name == request.api_key.name:
                key.display_name = request.api_key.display_name
        return keys_pb.UpdateApiKeyResponse(api_key=request.api_key)

    async def DeleteApiKey(
        self, request: keys_pb.DeleteApiKeyRequest, context: Context
    ) -> keys_pb.DeleteApiKeyResponse:
        self.keys = {
            text: key for text, key in self.keys.items() if key.name != request.name
        }
        return keys_pb.DeleteApiKeyResponse()

    async def ExchangeApiKey(
        self, request: keys_pb.ExchangeApiKeyRequest, context: Context
    ) -> keys_pb.ExchangeApiKeyResponse:
        if request.key not in self.keys:
            raise ApiKeyInvalid
        token = f"access-{uuid4().hex}"
        self._auth.access_tokens[token] = request.key
        return keys_pb.ExchangeApiKeyResponse(
            api_key=self.keys[request.key],
            access_token=sessions_pb.AccessToken(
                token=token, expire_time=in_seconds(self._auth.token_seconds)
            ),
        )

    async def BeginDeviceAuthorization(
        self, request: devices_pb.BeginDeviceAuthorizationRequest, context: Context
    ) -> devices_pb.BeginDeviceAuthorizationResponse:
        self.asked_by.append(request.display_name)
        interval = Duration()
        interval.FromMilliseconds(20)
        return devices_pb.BeginDeviceAuthorizationResponse(
            device_code="a secret",
            user_code="WDJB-MJHT",
            verification_uri=LINK.partition("#")[0],
            verification_uri_complete=LINK,
            expire_time=in_seconds(600),
            poll_interval=interval,
        )

    async def PollDeviceAuthorization(
        self, request: devices_pb.PollDeviceAuthorizationRequest, context: Context
    ) -> devices_pb.PollDeviceAuthorizationResponse:
        assert request.device_code == "a secret"
        if self.polls and (refused := self.polls.pop(0)):
            raise refused
        session, token = await self._auth.begin(self.user, context)
        return devices_pb.PollDeviceAuthorizationResponse(
            session=session, access_token=token
        )

    async def GetDeviceAuthorization(
        self, request: devices_pb.GetDeviceAuthorizationRequest, context: Context
    ) -> devices_pb.GetDeviceAuthorizationResponse:
        raise DeviceNotFound

    async def ApproveDeviceAuthorization(
        self, request: devices_pb.ApproveDeviceAuthorizationRequest, context: Context
    ) -> devices_pb.ApproveDeviceAuthorizationResponse:
        raise DeviceNotFound

    async def DenyDeviceAuthorization(
        self, request: devices_pb.DenyDeviceAuthorizationRequest, context: Context
    ) -> devices_pb.DenyDeviceAuthorizationResponse:
        raise DeviceNotFound
