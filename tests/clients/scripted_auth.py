"""auth, as strict as it could be: a refresh token that was used ends its session."""

import asyncio
import time
from collections import Counter
from typing import Any
from uuid import uuid4

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from parley.auth.v1 import account_service_pb2 as accounts_pb
from parley.auth.v1 import account_service_pb2_grpc as accounts_grpc
from parley.auth.v1 import key_service_pb2 as keys_pb
from parley.auth.v1 import key_service_pb2_grpc as keys_grpc
from parley.auth.v1 import session_service_pb2 as sessions_pb
from parley.auth.v1 import session_service_pb2_grpc as sessions_grpc
from parley.auth.v1.verification_pb2 import Verification
from services.auth.codes.model import WrongCode
from services.auth.sessions.metadata import COOKIE, refresh_cookie
from services.auth.sessions.model import InvalidCredentials, SessionEnded
from services.auth.users.model import EmailTaken
from services.kit.access import access_of, admits_without_token
from services.kit.caller import Unauthenticated
from services.kit.errors import Unavailable

Context = grpc.aio.ServicerContext[Any, Any]


class ScriptedAuth(
    accounts_grpc.AccountServiceServicer,
    sessions_grpc.SessionServiceServicer,
    keys_grpc.KeyServiceServicer,
):
    """Knows its users and tokens; nothing is signed and nothing stored."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        # How often each method is still to be away.
        self.away: Counter[str] = Counter()
        self.token_seconds = 300.0
        # What access tokens speak for; emptying it makes all of them expired.
        self.access_tokens: dict[str, str] = {}
        # The one refresh token that each session still takes.
        self.refresh_tokens: dict[str, str] = {}
        self.users: dict[str, accounts_pb.User] = {}
        self.passwords: dict[str, str] = {}
        # The codes that are good once, each after its kind. While there are any, the
        # password is not enough.
        self.codes: set[str] = set()
        self.factors = [sessions_pb.SignInChallenge.FACTOR_TOTP]
        # The code that a sign-up takes; none while it is empty.
        self.code = ""
        self.waiting: dict[str, accounts_pb.CreateUserRequest] = {}
        # While clear, refreshing waits: set `refreshing` tells that one does.
        self.may_refresh = asyncio.Event()
        self.may_refresh.set()
        self.refreshing = asyncio.Event()

    async def authenticate(self, method: str, context: Context) -> None:
        """Count the call and refuse it unless its token is good."""
        name = method.rpartition("/")[2]
        self.calls[name] += 1
        if self.away[name]:
            self.away[name] -= 1
            raise Unavailable(part="a service", retry_seconds=0.1)
        if admits_without_token(access_of(method)):
            return
        metadata = dict(context.invocation_metadata() or ())
        shown = str(metadata.get("authorization", "")).removeprefix("Bearer ")
        if shown not in self.access_tokens:
            raise Unauthenticated

    async def CreateUser(
        self, request: accounts_pb.CreateUserRequest, context: Context
    ) -> accounts_pb.CreateUserResponse:
        email = request.user.email
        if any(user.email == email for user in self.users.values()):
            raise EmailTaken
        if self.code:
            asked = Verification(token=uuid4().hex)
            self.waiting[asked.token] = request
            return accounts_pb.CreateUserResponse(verification=asked)
        user = self._new(request)
        session, token = await self.begin(user.name, context)
        return accounts_pb.CreateUserResponse(
            user=user, session=session, access_token=token
        )

    async def CompleteSignUp(
        self, request: accounts_pb.CompleteSignUpRequest, context: Context
    ) -> accounts_pb.CompleteSignUpResponse:
        if request.code != self.code:
            raise WrongCode
        user = self._new(self.waiting.pop(request.token))
        session, token = await self.begin(user.name, context)
        return accounts_pb.CompleteSignUpResponse(
            user=user, session=session, access_token=token
        )

    def _new(self, request: accounts_pb.CreateUserRequest) -> accounts_pb.User:
        email = request.user.email
        user = accounts_pb.User(
            name=f"users/{uuid4()}", email=email, display_name=email.partition("@")[0]
        )
        self.users[user.name] = user
        self.passwords[user.name] = request.password
        return user

    async def GetUser(
        self, request: accounts_pb.GetUserRequest, context: Context
    ) -> accounts_pb.GetUserResponse:
        return accounts_pb.GetUserResponse(user=self.users[request.name])

    async def DeleteUser(
        self, request: accounts_pb.DeleteUserRequest, context: Context
    ) -> accounts_pb.DeleteUserResponse:
        if self.passwords[request.name] != request.password:
            raise InvalidCredentials
        del self.users[request.name]
        self._end(request.name)
        return accounts_pb.DeleteUserResponse()

    async def CreateSession(
        self, request: sessions_pb.CreateSessionRequest, context: Context
    ) -> sessions_pb.CreateSessionResponse:
        for user in self.users.values():
            if (user.email, self.passwords[user.name]) == (
                request.email,
                request.password,
            ):
                if self.codes:
                    return sessions_pb.CreateSessionResponse(
                        challenge=sessions_pb.SignInChallenge(
                            token=user.name, factors=self.factors
                        )
                    )
                if replaced := refresh_cookie(context):
                    self._end(replaced.partition("#")[0])
                session, token = await self.begin(user.name, context)
                return sessions_pb.CreateSessionResponse(
                    session=session, access_token=token
                )
        raise InvalidCredentials

    async def CompleteSession(
        self, request: sessions_pb.CompleteSessionRequest, context: Context
    ) -> sessions_pb.CompleteSessionResponse:
        kind = request.WhichOneof("proof") or ""
        code = f"{kind} {getattr(request, kind, '')}"
        if code not in self.codes:
            raise InvalidCredentials
        self.codes.remove(code)
        session, token = await self.begin(request.challenge_token, context)
        return sessions_pb.CompleteSessionResponse(session=session, access_token=token)

    async def RefreshSession(
        self, request: sessions_pb.RefreshSessionRequest, context: Context
    ) -> sessions_pb.RefreshSessionResponse:
        self.refreshing.set()
        shown = refresh_cookie(context) or ""
        name = shown.partition("#")[0]
        if self.refresh_tokens.get(name) != shown:
            self._end(name)
            raise SessionEnded
        # Exchanged from here on, whether or not the answer arrives.
        del self.refresh_tokens[name]
        await self.may_refresh.wait()
        session, token = await self._issue(name, context)
        return sessions_pb.RefreshSessionResponse(session=session, access_token=token)

    async def ReauthenticateSession(
        self, request: sessions_pb.ReauthenticateSessionRequest, context: Context
    ) -> sessions_pb.ReauthenticateSessionResponse:
        user = request.name.partition("/sessions/")[0]
        if self.passwords[user] != request.password:
            raise InvalidCredentials
        token = f"access-{uuid4().hex}"
        self.access_tokens[token] = request.name
        expires = Timestamp()
        expires.FromMilliseconds(int((time.time() + self.token_seconds) * 1000))
        return sessions_pb.ReauthenticateSessionResponse(
            access_token=sessions_pb.AccessToken(token=token, expire_time=expires)
        )

    async def DeleteSession(
        self, request: sessions_pb.DeleteSessionRequest, context: Context
    ) -> sessions_pb.DeleteSessionResponse:
        self._end(request.name)
        return sessions_pb.DeleteSessionResponse()

    async def GetJsonWebKeySet(
        self, request: keys_pb.GetJsonWebKeySetRequest, context: Context
    ) -> keys_pb.GetJsonWebKeySetResponse:
        return keys_pb.GetJsonWebKeySetResponse(keys=[keys_pb.JsonWebKey(kid="one")])

    async def begin(
        self, user: str, context: Context
    ) -> tuple[sessions_pb.Session, sessions_pb.AccessToken]:
        return await self._issue(f"{user}/sessions/{uuid4()}", context)

    async def _issue(
        self, name: str, context: Context
    ) -> tuple[sessions_pb.Session, sessions_pb.AccessToken]:
        refresh_token, token = f"{name}#{uuid4().hex}", f"access-{uuid4().hex}"
        self.refresh_tokens[name] = refresh_token
        self.access_tokens[token] = name
        cookie = f"{COOKIE}={refresh_token}; Path=/; Secure; HttpOnly; SameSite=Strict"
        await context.send_initial_metadata((("set-cookie", cookie),))
        expires = Timestamp()
        expires.FromMilliseconds(int((time.time() + self.token_seconds) * 1000))
        return (
            sessions_pb.Session(name=name),
            sessions_pb.AccessToken(token=token, expire_time=expires),
        )

    def _end(self, prefix: str) -> None:
        for name in [name for name in self.refresh_tokens if name.startswith(prefix)]:
            del self.refresh_tokens[name]
        for token, name in [*self.access_tokens.items()]:
            if name.startswith(prefix):
                del self.access_tokens[token]
