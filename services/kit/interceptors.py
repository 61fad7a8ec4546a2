"""What happens around every RPC of every service."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from contextlib import (
    AbstractAsyncContextManager,
    aclosing,
    asynccontextmanager,
    nullcontext,
)
from functools import partial
from inspect import isasyncgenfunction
from typing import Any

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import status_pb2
from grpc_interceptor.server import AsyncServerInterceptor
from opentelemetry import trace

from services.kit.access import (
    Access,
    access_of,
    admits,
    admits_without_token,
    scope_of,
)
from services.kit.caller import (
    CALLER,
    NAMED,
    Forbidden,
    Unauthenticated,
    Verifier,
)
from services.kit.errors import Kind, ServiceError
from services.kit.fields import InvalidField, require_fields
from services.kit.metrics import measured
from services.kit.permits import permit
from services.kit.status import CODES, DETAILS, internal, status_of
from services.kit.telemetry import traced_call

log = logging.getLogger(__name__)

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs
SCHEME = "bearer"  # in any case (RFC 7235)
# Whether it is well, and which methods it has: it tells everybody who reaches it.
INFRASTRUCTURE = ("/grpc.health.", "/grpc.reflection.")
DENIED = (Kind.FORBIDDEN, Kind.UNAUTHENTICATED)
# A request that is no message of its type: gRPC would refuse it without a reason.
UNREADABLE = object()

# Told of a method and the error that its caller gets, before the caller is.
Refused = Callable[[str, ServiceError, Context], Awaitable[None]]
# What a stream runs in, which ends it when its caller is no longer let in.
Lasting = Callable[[], AbstractAsyncContextManager[None]]
# Lets a caller in, or refuses.
Authenticate = Callable[[str, Context], Awaitable[Lasting | None]]


class CallInterceptor(AsyncServerInterceptor):
    """
    Counts and traces a call, lets in who may, refuses what lacks a field, says errors.

    The one place where an exception becomes a status: a `ServiceError` its own, a bug
    INTERNAL. A stream is written to its context here, with no generator in between:
    each costs every message a hop.
    """

    def __init__(
        self,
        authenticate: Authenticate,
        refused: Refused | None = None,
        *,
        finishing: bool = False,
    ) -> None:
        self._authenticate = authenticate
        self._refused = refused
        self._finishing = finishing
        self._unfinished: set[asyncio.Future[Any]] = set()
        self._tracer = trace.get_tracer(__name__)

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        handler = await continuation(details)
        if details.method.startswith(INFRASTRUCTURE):
            return handler
        if handler and isasyncgenfunction(handler.stream_stream):
            return grpc.stream_stream_rpc_method_handler(
                partial(self._stream, handler.stream_stream, details.method),
                partial(read, handler.request_deserializer),
                handler.response_serializer,
            )
        stream = handler and handler.unary_stream
        if not isasyncgenfunction(stream):
            # Unary, or nothing.
            if handler and handler.unary_unary:
                handler = grpc.unary_unary_rpc_method_handler(
                    handler.unary_unary,
                    partial(read, handler.request_deserializer),
                    handler.response_serializer,
                )
            found = super().intercept_service(partial(given, handler), details)  # type: ignore[no-untyped-call]  # published without types
            return await found
        return grpc.unary_stream_rpc_method_handler(
            partial(self._stream, stream, details.method),
            partial(read, handler.request_deserializer),
            handler.response_serializer,
        )

    async def intercept(
        self,
        method: Callable[..., Any],
        request_or_iterator: Any,
        context: Context,
        method_name: str,
    ) -> Any:
        async with self._around(request_or_iterator, context, method_name):
            answer = method(request_or_iterator, context)
            return await (self._finished(answer) if self._finishing else answer)

    async def _finished(self, answer: Awaitable[Any]) -> Any:
        """Go on with a call to its end, also when its caller goes away."""
        call = asyncio.ensure_future(answer)
        self._unfinished.add(call)
        call.add_done_callback(self._unfinished.discard)
        return await asyncio.shield(call)

    async def _stream(
        self,
        method: Callable[..., Any],
        method_name: str,
        request: Any,
        context: Context,
    ) -> None:
        if hasattr(request, "__aiter__"):
            request = readable(request)
        # Closing the handler's iterator makes a cancelled call end at once, and not
        # when the garbage collector comes.
        async with (
            self._around(request, context, method_name) as lasting,
            (lasting or nullcontext)(),
            aclosing(method(request, context)) as responses,
        ):
            async for response in responses:
                await context.write(response)

    @asynccontextmanager
    async def _around(
        self, request: Any, context: Context, method_name: str
    ) -> AsyncIterator[Lasting | None]:
        with (
            measured(method_name) as outcome,
            traced_call(self._tracer, method_name, context, outcome),
        ):
            try:
                lasting = await self._authenticate(method_name, context)
                if request is UNREADABLE:
                    raise unreadable()
                if isinstance(request, Message):  # else the handler looks at each
                    require_fields(request)
                yield lasting
                outcome.code = grpc.StatusCode.OK
            except ServiceError as error:
                outcome.code = CODES[error.kind]
                if error.kind in DENIED:
                    log_denied(method_name, error)
                if self._refused:
                    await self._refused(method_name, error, context)
                await refuse(context, status_of(error), error.headers)
            except Exception as error:
                if isinstance(error, grpc.aio.AbortError):
                    raise
                outcome.code = grpc.StatusCode.INTERNAL
                log.exception("unhandled error", extra={"rpc": method_name})
                trace_id = trace.get_current_span().get_span_context().trace_id
                await refuse(context, internal(f"{trace_id:032x}"))


def log_denied(method_name: str, error: ServiceError) -> None:
    """Say who may not do what: many of these may be somebody who tries."""
    caller = CALLER.get(None)
    user = f"users/{caller.user_id}" if caller else ""
    extra = {"rpc": method_name, "reason": error.reason, "user": user}
    log.warning("call refused", extra=extra)


def read(deserialize: Callable[[bytes], Message], data: bytes) -> object:
    """Read a request, or return `UNREADABLE`."""
    try:
        return deserialize(data)
    except DecodeError:
        return UNREADABLE


def unreadable() -> InvalidField:
    """Refuse what is no message of its type."""
    return InvalidField(field="request", expected="its type, in UTF-8")


async def readable(requests: AsyncIterable[Any]) -> AsyncIterator[Message]:
    """Yield what a client streams, as long as it can be read."""
    async for request in requests:
        if request is UNREADABLE:
            raise unreadable()
        yield request


async def given(handler: Any, details: Any) -> Any:
    """Go on with a handler that was found before."""
    return handler


async def refuse(
    context: Context,
    status: status_pb2.Status,
    headers: tuple[tuple[str, str], ...] = (),
) -> None:
    """End the call with a status and its details."""
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    details = (DETAILS, status.SerializeToString())
    await context.abort(code, status.message, (details, *headers))


def bearer(verifier: Verifier) -> Authenticate:
    """Let in who may call a method, as its proto says, with the token that it needs."""

    async def authenticate(method_name: str, context: Context) -> Lasting | None:
        access = access_of(method_name)
        if not access.callers:
            raise Forbidden
        if access.token == Access.TOKEN_NONE:
            return None
        token = shown(context)
        if token is None:
            if admits_without_token(access):
                return None
            raise Unauthenticated
        caller = await verifier.verify(token)
        NAMED.set(caller)
        if not admits(access, caller.actor):
            raise Forbidden
        if caller.actor is None:
            permit(caller, scope_of(access.permission), fresh=access.fresh)
        CALLER.set(caller)
        return partial(verifier.lasting, caller)

    return authenticate


def shown(context: Context) -> str | None:
    """Return the token that a call comes with, if it comes with one."""
    metadata = context.invocation_metadata() or ()
    values = [str(value) for key, value in metadata if key == "authorization"]
    if len(values) > 1:
        # Whoever looked at it before may have looked at another one.
        raise Unauthenticated
    for value in values:
        scheme, _, token = value.partition(" ")
        if scheme.lower() == SCHEME:
            return token
    return None
