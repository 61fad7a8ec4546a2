"""Signing keys change under load with nothing refused, and in an emergency at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import Any

import grpc
import jwt
import pytest

from parley.auth.v1 import key_service_pb2 as pb
from parley.auth.v1 import key_service_pb2_grpc as pb_grpc
from tests.auth.browser import Api, Browser
from tests.identity import bearing
from tests.revocations.doors import Door, doors, edge_of, refusal_of
from tests.stack import Stack, running

# A little more than the edge keeps keys: in use it is a quarter of an hour.
LEAD_SECONDS = 12
PEOPLE = 4
FRESH_SECONDS = 2.0
SECOND = 1.0
EDGE_SECONDS = 11.0


@pytest.fixture(scope="module")
async def turning() -> AsyncIterator[Stack]:
    """A system whose keys take over soon."""
    async with running(
        REPLICAS="2", AUTH_SIGNING_KEY_LEAD_SECONDS=str(LEAD_SECONDS)
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
async def owner(turning: Stack) -> AsyncIterator[Browser]:
    """Who came first may change the keys."""
    async with edge_of(turning) as edge:
        yield await Browser(Api(edge)).sign_up()


@dataclass
class Load:
    """Calls of some people, at all doors, one after the other."""

    calls: int = 0
    refused: list[str] = field(default_factory=list)
    kids: set[str] = field(default_factory=set)

    async def person(self, browser: Browser, all_doors: list[Door]) -> None:
        refreshed = 0.0
        while True:
            if monotonic() - refreshed > FRESH_SECONDS:
                await browser.refresh()
                refreshed = monotonic()
                self.kids.add(kid_of(browser.token))
            for door in all_doors:
                self.calls += 1
                try:
                    await door.knock(browser)
                except grpc.aio.AioRpcError as error:
                    self.refused.append(f"{door.name}: {refusal_of(error)}")
            await asyncio.sleep(0.02)


def kid_of(token: str) -> str:
    return str(jwt.get_unverified_header(token)["kid"])


async def rotate(
    edge: grpc.aio.Channel, owner: Browser, *, emergency: bool = False
) -> Any:
    stub: Any = pb_grpc.KeyServiceStub(edge)
    request = pb.RotateSigningKeysRequest(emergency=emergency)
    return await stub.RotateSigningKeys(request, metadata=bearing(owner.token))


async def until(true: Any, seconds: float) -> None:
    async with asyncio.timeout(seconds):
        while not true():  # noqa: ASYNC110 - nobody says so
            await asyncio.sleep(0.1)


async def test_under_load_a_new_key_takes_over_and_no_token_is_refused(
    turning: Stack, owner: Browser
):
    load = Load()
    async with doors(turning) as all_doors, edge_of(turning) as edge:
        people = [await Browser(Api(edge)).sign_up() for _ in range(PEOPLE)]
        running_load = [
            asyncio.create_task(load.person(each, list(all_doors))) for each in people
        ]
        await until(lambda: load.kids, 30)

        keys = (await rotate(edge, owner)).signing_keys

        await until(lambda: len(load.kids) == 2, LEAD_SECONDS + 30)
        # Until the old one is withdrawn, and the edge has heard of it.
        await asyncio.sleep(LEAD_SECONDS + 2)
        for task in running_load:
            assert not task.done(), task.exception()
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
    assert [key.state for key in keys] == [
        pb.SigningKey.STATE_NEXT,
        pb.SigningKey.STATE_CURRENT,
    ]
    assert load.refused == []
    assert load.calls > 1000


@pytest.mark.asvs("9.1.3")
async def test_in_an_emergency_old_tokens_are_refused_and_new_ones_soon_let_in(
    turning: Stack, owner: Browser
):
    async with doors(turning) as all_doors, edge_of(turning) as edge:
        ada = await Browser(Api(edge)).sign_up()
        stolen = replace(ada)
        await owner.refresh()
        began = monotonic()

        await rotate(edge, owner, emergency=True)

        shut = await asyncio.gather(*(door.shut(stolen) for door in all_doors))
        assert max(shut) - began < SECOND, "the services behind the edge refuse it too"
        await ada.refresh()
        assert kid_of(ada.token) != kid_of(stolen.token)
        opened = await asyncio.gather(*(until_open(door, ada) for door in all_doors))
        for door, time in zip(all_doors, opened, strict=True):
            limit = EDGE_SECONDS if door.name.startswith("edge") else SECOND
            assert time - began < limit, door.name


async def until_open(door: Door, browser: Browser) -> float:
    """Return when a token is let in."""
    async with asyncio.timeout(2 * EDGE_SECONDS):
        while True:
            try:
                await door.knock(browser)
            except grpc.aio.AioRpcError:
                await asyncio.sleep(0.05)
            else:
                return monotonic()


@pytest.mark.asvs("8.2.1")
async def test_only_who_may_changes_keys(turning: Stack, owner: Browser):
    async with edge_of(turning) as edge:
        member = await Browser(Api(edge)).sign_up()
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await rotate(edge, member)
    assert refusal_of(refused.value)[1] == "PERMISSION_MISSING"
