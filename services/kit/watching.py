"""Hearing from auth, for as long as a service runs, what it has revoked."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from random import uniform
from typing import Any

import grpc
from prometheus_client import Gauge

from services.kit.revocations import Revocations, Revoked
from services.kit.signals import end

log = logging.getLogger(__name__)

# auth says every second that it is there. A replica of it that says nothing for so
# long is dead, or the way to it is.
SILENCE_SECONDS = 3.0
PAUSE_SECONDS = 0.3  # at most, and at random, or all services come back at once
UNKNOWING_SECONDS = 2.0  # until a replica of the next version may have come

# Opens a stream of `parley.auth.v1.WatchRevocationsResponse`.
Watch = Callable[[grpc.aio.Channel], Any]

heard = Gauge(
    "revocations_heard_timestamp_seconds",
    "When auth last said what is revoked, or that nothing new is.",
)


@asynccontextmanager
async def watching(
    revocations: Revocations, channel: grpc.aio.Channel, watch: Watch
) -> AsyncIterator[None]:
    """Keep the revocations as auth has them while the block runs."""
    task = asyncio.create_task(_keep_watching(revocations, channel, watch))
    try:
        yield
    finally:
        await end(task)


async def _keep_watching(
    revocations: Revocations, channel: grpc.aio.Channel, watch: Watch
) -> None:
    watched = False
    while True:
        stream, pause = watch(channel), PAUSE_SECONDS
        try:
            while (response := await _next(stream)) is not grpc.aio.EOF:
                _take(revocations, response)
                watched = True
        except (grpc.aio.AioRpcError, TimeoutError) as error:
            if watched:
                log.warning("auth no longer says what is revoked", exc_info=error)
            watched = False
            if unknowing(error):
                log.warning("auth knows of no revocations: nobody is refused for one")
                revocations.complete()
                pause = UNKNOWING_SECONDS
        except Exception:
            # Nothing that is heard may end the listening: nobody would notice.
            log.exception("what auth says of revocations cannot be taken")
            watched = False
        finally:
            stream.cancel()
        await asyncio.sleep(uniform(pause / 6, pause))  # noqa: S311 - no secret


def unknowing(error: Exception) -> bool:
    """Tell whether auth is of a version that revokes nothing, in an upgrade."""
    return (
        isinstance(error, grpc.aio.AioRpcError)
        and error.code() is grpc.StatusCode.UNIMPLEMENTED
    )


async def _next(stream: Any) -> Any:
    async with asyncio.timeout(SILENCE_SECONDS):
        return await stream.read()


def _take(revocations: Revocations, response: Any) -> None:
    for revocation in response.revocations:
        if revoked := read(revocation):
            revocations.add(revoked)
    if response.complete:
        revocations.complete()
    heard.set_to_current_time()


def read(revocation: Any) -> Revoked | None:
    """Read a `parley.auth.v1.Revocation`; None if only a newer version knows it."""
    match revocation.WhichOneof("revoked"):
        case "session_id":
            return Revoked("session", revocation.session_id)
        case "key_id":
            return Revoked("key", revocation.key_id)
        case "signing_key_id":
            return Revoked("signing_key", revocation.signing_key_id)
        case "token_id":
            return Revoked("token", revocation.token_id)
        case "user":
            return Revoked("user", revocation.user.user_id, revocation.user.version)
        case _:
            return None
