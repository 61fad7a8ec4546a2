"""Shows the access token with every call that needs one."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

import grpc

from parley_client.errors import parley_error
from parley_client.session import Session, bearer

UNARY_SECONDS = 30.0

PUBLIC = frozenset(
    {
        "/parley.auth.v1.AccountService/CreateUser",
        "/parley.auth.v1.SessionService/CreateSession",
        "/parley.auth.v1.SessionService/RefreshSession",
        "/parley.auth.v1.KeyService/GetJsonWebKeySet",
    }
)

# Made as whoever is signed in, or as nobody.
OPTIONAL = frozenset({"/parley.chat.v1.ShareService/GetSharedConversation"})

Details = grpc.aio.ClientCallDetails
Request = TypeVar("Request")
Response = TypeVar("Response")
if TYPE_CHECKING:  # Generic only in their stubs.
    Unary = grpc.aio.UnaryUnaryCall[Request, Response]
    Stream = grpc.aio.UnaryStreamCall[Request, Response]
    ContinueUnary = Callable[[Details, Request], Awaitable[Unary[Request, Response]]]
    ContinueStream = Callable[[Details, Request], Awaitable[Stream[Request, Response]]]
    Requests = AsyncIterable[Request] | Iterable[Request]
    Both = grpc.aio.StreamStreamCall[Request, Response]
    ContinueBoth = Callable[
        [Details, "Requests[Request]"], Awaitable[Both[Request, Response]]
    ]


def authentication(session: Session) -> list[grpc.aio.ClientInterceptor]:
    """Return what makes a channel call on behalf of a session."""
    return [_Unary(session), _Streams(session), _Uploads(session)]


class _Unary(grpc.aio.UnaryUnaryClientInterceptor):
    def __init__(self, session: Session) -> None:
        self._session = session

    async def intercept_unary_unary(
        self,
        continuation: "ContinueUnary[Request, Response]",
        client_call_details: Details,
        request: Request,
    ) -> "Unary[Request, Response]":
        details = bounded(client_call_details)
        if is_public(details) or (is_optional(details) and not self._session.begun):
            return await continuation(details, request)
        token = await self._session.token()
        call = await continuation(authorized(details, token), request)
        try:
            await call
        except grpc.aio.AioRpcError as error:
            if is_stale(error):
                token = await self._session.token(refused=token)
                return await continuation(authorized(details, token), request)
        return call


class _Streams(grpc.aio.UnaryStreamClientInterceptor):
    def __init__(self, session: Session) -> None:
        self._session = session

    async def intercept_unary_stream(
        self,
        continuation: "ContinueStream[Request, Response]",
        client_call_details: Details,
        request: Request,
    ) -> "AsyncIterator[Response] | Stream[Request, Response]":
        if is_public(client_call_details):
            return await continuation(client_call_details, request)
        token = await self._session.token()
        call = await continuation(authorized(client_call_details, token), request)

        async def again() -> "Stream[Request, Response]":
            fresh = await self._session.token(refused=token)
            return await continuation(authorized(client_call_details, fresh), request)

        return responses(call, again)


class _Uploads(grpc.aio.StreamStreamClientInterceptor):
    """Shows the token once: who sends a stream has to send it again."""

    def __init__(self, session: Session) -> None:
        self._session = session

    async def intercept_stream_stream(
        self,
        continuation: "ContinueBoth[Request, Response]",
        client_call_details: Details,
        request_iterator: "Requests[Request]",
    ) -> "Both[Request, Response]":
        token = await self._session.token()
        details = authorized(client_call_details, token)
        return await continuation(details, request_iterator)


async def responses(
    call: "Stream[Any, Response]",
    again: "Callable[[], Awaitable[Stream[Any, Response]]]",
) -> AsyncIterator[Response]:
    """Yield what a call streams; begin again if it is refused for its token."""
    begun = False
    try:
        async for response in call:
            begun = True
            yield response
    except grpc.aio.AioRpcError as error:
        if begun or not is_stale(error):
            raise
        call = await again()
        async for response in call:
            yield response
    finally:
        # Who stops reading needs no more.
        call.cancel()


def is_public(details: Details) -> bool:
    """Say whether the method needs no token."""
    return method_of(details) in PUBLIC


def is_optional(details: Details) -> bool:
    """Say whether the method takes a token and does not need one."""
    return method_of(details) in OPTIONAL


def method_of(details: Details) -> str:
    """Return what is called."""
    method = details.method
    return method.decode() if isinstance(method, bytes) else method


def is_stale(error: grpc.aio.AioRpcError) -> bool:
    """Say whether a fresh token may help."""
    if error.code() is not grpc.StatusCode.UNAUTHENTICATED:
        return False
    # A wrong password stays wrong, and every attempt counts.
    return parley_error(error).reason != "INVALID_CREDENTIALS"


def authorized(details: Details, token: str) -> Details:
    """Show a token."""
    metadata = grpc.aio.Metadata(*(details.metadata or ()), *bearer(token))
    return Details(
        details.method,
        details.timeout,
        metadata,
        details.credentials,
        details.wait_for_ready,
    )


def bounded(details: Details) -> Details:
    """Wait for an answer, but not for ever."""
    return Details(
        details.method,
        UNARY_SECONDS if details.timeout is None else details.timeout,
        details.metadata,
        details.credentials,
        details.wait_for_ready,
    )
