"""What is revoked is refused everywhere within a second."""

import asyncio
from collections.abc import Sequence
from time import monotonic

import grpc
import pytest

from tests.auth.browser import Api, Browser
from tests.calls import refusal
from tests.revocations.doors import (
    Door,
    cut,
    doors,
    edge_of,
    sessions,
    watching,
)
from tests.revocations.measuring import (
    Hurt,
    auth_killed,
    measure,
    nothing,
    redis_frozen,
)
from tests.stack import Stack

SECOND = 1.0
TRIES = 4  # docs/security.md has the figures of more


@pytest.mark.asvs("7.4.1")
@pytest.mark.parametrize("hurt", [nothing, redis_frozen, auth_killed])
async def test_an_ended_session_is_refused_everywhere_within_a_second(
    two: Stack, hurt: Hurt
):
    found = await measure(two, TRIES, hurt)

    assert len(found) == 10
    assert {times.door: times.worst for times in found if times.worst > SECOND} == {}


async def everywhere(doors: Sequence[Door], browser: Browser) -> float:
    """Return when the last door was shut."""
    return max(await asyncio.gather(*(door.shut(browser) for door in doors)))


@pytest.mark.asvs("7.4.2")
async def test_all_sessions_of_a_deleted_user_are_refused_everywhere(two: Stack):
    async with doors(two) as all_doors, edge_of(two) as edge:
        first, second = await sessions(Api(edge))
        async with watching(edge, second) as call:
            await first.delete_user()
            began = monotonic()

            for browser in (first, second):
                assert await everywhere(all_doors, browser) - began < SECOND
            assert await cut(call) - began < SECOND
        assert await code(second.refresh()) is grpc.StatusCode.UNAUTHENTICATED


async def code(call: object) -> grpc.StatusCode:
    return (await refusal(call)).code
