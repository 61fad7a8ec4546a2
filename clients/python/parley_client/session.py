"""A session: the access token of now, and how to get the next one."""

import asyncio
import time
from collections.abc import Callable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.message import Message

from parley.auth.v1 import (
    account_service_pb2,
    api_key_service_pb2,
    credential_service_pb2,
    device_service_pb2,
    session_service_pb2,
)
from parley.auth.v1.account_service_pb2_grpc import AccountServiceStub
from parley.auth.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from parley.auth.v1.credential_service_pb2_grpc import CredentialServiceStub
from parley.auth.v1.device_service_pb2_grpc import DeviceServiceStub
from parley.auth.v1.session_service_pb2_grpc import SessionServiceStub
from parley.auth.v1.verification_pb2 import Verification
from parley_client.credentials import Credential, Credentials
from parley_client.errors import NotSignedIn, ParleyError, typed_errors
from parley_client.second_factor import SecondFactorNeeded

COOKIE = "__Host-parley_refresh"
TIMEOUT_SECONDS = 15.0

# Renewed this long before it expires, so that it does not do so on its way.
MARGIN_SECONDS = 30.0
# Even by a wrong clock, a new token is good for a while: no storm of refreshes.
SHORTEST_SECONDS = 5.0

Device = device_service_pb2.BeginDeviceAuthorizationResponse
Metadata = tuple[tuple[str, str], ...]


class Session:
    """
    Signs in and out, and always has an access token that is good.

    Refreshing happens once at a time, however many calls wait for it, and in a task
    of its own: a token that was exchanged but not saved would end the session.
    """

    def __init__(
        self,
        channel: grpc.aio.Channel,
        *,
        url: str,
        credentials: Credentials,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._accounts = AccountServiceStub(channel)
        self._passwords = CredentialServiceStub(channel)
        self._sessions = SessionServiceStub(channel)
        self._keys = ApiKeyServiceStub(channel)
        self._devices = DeviceServiceStub(channel)
        self._url = url
        self._credentials = credentials
        self._clock = clock
        self._user = ""
        self._name = ""
        self._token = ""
        self._good_until = 0.0
        self._refreshing: asyncio.Task[None] | None = None

    @property
    def user(self) -> str:
        """Return who is signed in, as `users/{user}`; raise `NotSignedIn`."""
        if not self._user:
            self._user = self._kept().user
        return self._user

    @property
    def begun(self) -> bool:
        """Whether somebody is signed in."""
        return self._credentials.load(self._url) is not None

    async def sign_up(
        self, email: str, password: str, display_name: str, invitation: str = ""
    ) -> Verification | None:
        """Create a user and begin its first session, or return what needs a code."""
        user = account_service_pb2.User(email=email, display_name=display_name)
        request = account_service_pb2.CreateUserRequest(
            user=user,
            password=password,
            request_id=str(uuid4()),
            invitation_token=invitation,
        )
        answer = await self._begun(self._accounts.CreateUser, request)
        if not answer.HasField("verification"):
            return None
        verification: Verification = answer.verification
        return verification

    async def complete_sign_up(self, token: str, code: str) -> None:
        """Create a user by the code that was sent, and begin its first session."""
        request = account_service_pb2.CompleteSignUpRequest(token=token, code=code)
        await self._begun(self._accounts.CompleteSignUp, request)

    async def change_password(
        self, current: str, new: str, *, keep_other_sessions: bool
    ) -> None:
        """Set another password; a new session takes the place of this one."""
        request = credential_service_pb2.ChangePasswordRequest(
            name=self.user,
            current_password=current,
            new_password=new,
            keep_other_sessions=keep_other_sessions,
        )
        shown = bearer(await self.token())
        await self._begun(self._passwords.ChangePassword, request, shown)

    async def sign_in(self, email: str, password: str) -> None:
        """Begin a session, which ends the one before, or `SecondFactorNeeded`."""
        request = session_service_pb2.CreateSessionRequest(
            email=email, password=password
        )
        answer = await self._begun(self._sessions.CreateSession, request)
        if answer.HasField("challenge"):
            raise SecondFactorNeeded(answer.challenge)

    async def complete_sign_in(self, needed: SecondFactorNeeded, code: str) -> None:
        """Begin the session for which a code was needed."""
        await self._begun(self._sessions.CompleteSession, needed.answered(code))

    async def begin_device(self, display_name: str) -> Device:
        """Ask for codes that a person approves in a browser (RFC 8628)."""
        request = device_service_pb2.BeginDeviceAuthorizationRequest(
            display_name=display_name
        )
        with typed_errors():
            return await self._devices.BeginDeviceAuthorization(
                request, timeout=TIMEOUT_SECONDS
            )

    async def poll_device(self, device: Device) -> None:
        """Begin a session if a person has approved, which ends the one before."""
        request = device_service_pb2.PollDeviceAuthorizationRequest(
            device_code=device.device_code
        )
        await self._begun(self._devices.PollDeviceAuthorization, request)

    async def reauthenticate(self, password: str, totp_code: str) -> None:
        """Show once more who one is; the token says so from here on."""
        metadata = bearer(await self.token())
        request = session_service_pb2.ReauthenticateSessionRequest(name=self._name)
        request.password = password
        if totp_code:
            request.totp_code = totp_code
        async with self._credentials.exclusive():
            with typed_errors():
                call = self._sessions.ReauthenticateSession(
                    request, metadata=metadata, timeout=TIMEOUT_SECONDS
                )
                self._take((await call).access_token)
                self._save(await call.initial_metadata())

    async def use_key(self, api_key: str) -> None:
        """Be whose API key it is, from here on."""
        async with self._credentials.exclusive():
            await self._exchange(api_key)
            self._credentials.save(self._url, Credential(self._user, api_key=api_key))

    async def sign_out(self) -> None:
        """End the session, here in any case; it is no error if it has ended."""
        kept = self._credentials.load(self._url)
        if kept and kept.api_key:
            return await self.forget()
        try:
            metadata = bearer(await self.token())
            request = session_service_pb2.DeleteSessionRequest(name=self._name)
            with typed_errors():
                await self._sessions.DeleteSession(
                    request, metadata=metadata, timeout=TIMEOUT_SECONDS
                )
        except ParleyError as error:
            if error.code is not grpc.StatusCode.UNAUTHENTICATED:
                raise
        finally:
            await self.forget()

    async def token(self, *, refused: str = "") -> str:
        """Return an access token that is good, and not the one that was refused."""
        if self._token in ("", refused) or self._clock() >= self._good_until:
            if not self._refreshing:
                self._refreshing = asyncio.create_task(self._refresh())
                self._refreshing.add_done_callback(self._refreshed)
            await asyncio.shield(self._refreshing)
        return self._token

    async def settle(self) -> None:
        """Wait until nothing is under way any more."""
        if self._refreshing:
            await asyncio.wait([self._refreshing])

    async def forget(self) -> None:
        """Be signed out."""
        async with self._credentials.exclusive():
            self._credentials.forget(self._url)
        self._user = self._name = self._token = ""

    def _refreshed(self, task: asyncio.Task[None]) -> None:
        self._refreshing = None
        if not task.cancelled():
            task.exception()  # Seen, also when every call that waited has gone.

    async def _refresh(self) -> None:
        async with self._credentials.exclusive():
            kept = self._kept()
            if self._user not in ("", kept.user):
                raise NotSignedIn("Somebody else has signed in meanwhile.")
            if kept.api_key:
                return await self._exchange(kept.api_key)
            try:
                with typed_errors():
                    call = self._sessions.RefreshSession(
                        session_service_pb2.RefreshSessionRequest(),
                        metadata=self._cookie(),
                        timeout=TIMEOUT_SECONDS,
                    )
                    self._adopt(await call, await call.initial_metadata())
            except ParleyError as error:
                if error.reason == "SESSION_ENDED":
                    self._credentials.forget(self._url)
                raise

    async def _exchange(self, api_key: str) -> None:
        request = api_key_service_pb2.ExchangeApiKeyRequest(key=api_key)
        with typed_errors():
            answer = await self._keys.ExchangeApiKey(request, timeout=TIMEOUT_SECONDS)
        self._name = ""
        self._user = answer.api_key.name.partition("/apiKeys/")[0]
        self._take(answer.access_token)

    async def _begun(self, method: Any, request: Message, shown: Metadata = ()) -> Any:
        """Call what begins a session, and take into use what it has begun."""
        async with self._credentials.exclusive():
            with typed_errors():
                call = method(
                    request,
                    metadata=(*shown, *self._cookie()),
                    timeout=TIMEOUT_SECONDS,
                )
                answer = await call
                if answer.HasField("session"):
                    self._user = ""
                    self._adopt(answer, await call.initial_metadata())
                return answer

    def _adopt(self, signed: Any, metadata: grpc.aio.Metadata) -> None:
        """Take the new tokens into use."""
        self._name = signed.session.name
        self._user = self._name.partition("/sessions/")[0]
        self._take(signed.access_token)
        self._save(metadata)

    def _save(self, metadata: grpc.aio.Metadata) -> None:
        """Keep the refresh token that a response sets, if it sets one."""
        if refresh_token := cookie_in(metadata):
            self._credentials.save(self._url, Credential(self._user, refresh_token))

    def _take(self, access_token: session_service_pb2.AccessToken) -> None:
        self._token = access_token.token
        now, expires = self._clock(), access_token.expire_time.ToMicroseconds()
        self._good_until = max(expires / 1e6 - MARGIN_SECONDS, now + SHORTEST_SECONDS)

    def _kept(self) -> Credential:
        if not (kept := self._credentials.load(self._url)):
            raise NotSignedIn
        return kept

    def _cookie(self) -> Metadata:
        kept = self._credentials.load(self._url)
        if not kept or not kept.refresh_token:
            return ()
        return (("cookie", f"{COOKIE}={kept.refresh_token}"),)


def bearer(token: str) -> Metadata:
    """Return the metadata that shows an access token."""
    return (("authorization", f"Bearer {token}"),)


def cookie_in(metadata: grpc.aio.Metadata) -> str:
    """Return the refresh token that a response sets, or nothing."""
    for key, value in metadata:
        if key == "set-cookie" and isinstance(value, str):
            try:
                morsel = SimpleCookie(value).get(COOKIE)
            except CookieError:
                continue
            if morsel and morsel.value:
                return morsel.value
    return ""
