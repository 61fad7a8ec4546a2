"""A service goes on hearing of revocations, whatever it hears."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import grpc
import pytest

from parley.auth.v1 import revocation_service_pb2 as pb
from parley.auth.v1 import revocation_service_pb2_grpc as pb_grpc
from services.chat.__main__ import watch_revocations
from services.kit.caller import Caller
from services.kit.channels import channel_to
from services.kit.revocations import Revocations
from services.kit.watching import watching

PATIENCE_SECONDS = 30.0


class Auth(pb_grpc.RevocationServiceServicer):
    """Says something else each time that it is asked, and then no more."""

    def __init__(self, *said: pb.WatchRevocationsResponse) -> None:
        self._said = list(said)

    async def WatchRevocations(
        self, request: pb.WatchRevocationsRequest, context: Any
    ) -> AsyncIterator[pb.WatchRevocationsResponse]:
        yield self._said.pop(0)
        await asyncio.Event().wait()


@asynccontextmanager
async def heard(auth: Auth | None) -> AsyncIterator[Revocations]:
    """Watch an auth, or one that knows of no revocations."""
    server = grpc.aio.server()
    if auth:
        pb_grpc.add_RevocationServiceServicer_to_server(auth, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    revocations = Revocations(known=False)
    try:
        async with (
            channel_to(f"127.0.0.1:{port}") as channel,
            watching(revocations, channel, watch_revocations),
        ):
            yield revocations
    finally:
        await server.stop(0)


@pytest.mark.asvs("16.5.3", "7.4.1")
async def test_what_cannot_be_read_does_not_end_the_hearing():
    ended = uuid4()
    unreadable = pb.Revocation(session_id="no UUID")
    good = pb.Revocation(session_id=str(ended))
    auth = Auth(
        pb.WatchRevocationsResponse(revocations=[unreadable], complete=True),
        pb.WatchRevocationsResponse(revocations=[good], complete=True),
    )

    async with heard(auth) as revocations:
        await revocations.until_known(PATIENCE_SECONDS)

    assert revocations.hold(
        Caller(user_id=uuid4(), session_id=ended, token="", expire_time=0.0)
    )


async def test_that_auth_knows_of_none_is_said(caplog: pytest.LogCaptureFixture):
    async with heard(None) as revocations:
        await revocations.until_known(PATIENCE_SECONDS)

    assert "nobody is refused" in caplog.text
