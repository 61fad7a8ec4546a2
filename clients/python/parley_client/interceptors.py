"""Shows the access token with every call that needs one."""

from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Iterable
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

import grpc
from google.protobuf.descriptor_pool import Default

from parley.access.v1 import access_pb2
from parley_client.errors import parley_error
from parley_client.session import Session, bearer

UNARY_SECONDS = 30.0

Access = access_pb2.Access
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
    return token_of(details) == Access.TOKEN_NONE


def is_optional(details: Details) -> bool:
    """Say whether it is called as whoever is signed in, or as nobody."""
    return token_of(details) == Access.TOKEN_OPTIONAL


def token_of(details: Details) -> Access.Token.ValueType:
    """Return what the proto of a method says of its token."""
    path = details.method
    return stated(path.decode() if isinstance(path, bytes) else path)


@cache
def stated(path: str) -> Access.Token.ValueType:
    """Read it from what the method was generated from; others need a token."""
    try:
        method = Default().FindMethodByName(path.removeprefix("/").replace("/", "."))
    except KeyError:
        return Access.TOKEN_UNSPECIFIED
    return method.GetOptions().Extensions[access_pb2.access].token


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
