"""When keys end, and what they were exchanged for."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest

from services.auth.attempts.model import LIMITS
from tests.auth.api_keys.keys import claims, create, exchange, is_refused, revoke
from tests.auth.api_keys.test_managing import stamp
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock
from tests.calls import refusal


@pytest.mark.asvs("9.2.1")
async def test_a_token_does_not_outlast_its_key(api: Api, alice: Browser, clock: Clock):
    made = await create(alice)
    clock.ahead = timedelta(days=90) - timedelta(minutes=2)

    token = (await exchange(api, made.key)).access_token

    assert token.expire_time.seconds == made.api_key.expire_time.seconds
    assert claims(token.token)["exp"] == token.expire_time.seconds


@pytest.mark.asvs("6.3.1")
async def test_a_key_that_was_right_once_is_counted_when_it_is_no_more(
    api: Api, alice: Browser
):
    made = await create(alice)
    await exchange(api, made.key, address="203.0.113.9")
    await revoke(alice, made.api_key.name)
    async with asyncio.timeout(20):
        while not await is_refused(exchange(api, made.key)):
            pass

    for _ in range(LIMITS["key"].pair // 100):
        tries = (exchange(api, made.key, address="203.0.113.9") for _ in range(100))
        await asyncio.gather(*tries, return_exceptions=True)

    refused = await refusal(exchange(api, made.key, address="203.0.113.9"))
    assert refused.reason == "TOO_MANY_ATTEMPTS"


async def test_a_retry_asks_for_the_same_end(alice: Browser, clock: Clock):
    id, other_id = str(uuid4()), str(uuid4())
    soon, later = (stamp(clock() + timedelta(days=days)) for days in (1, 2))
    made = await create(alice, request_id=id, expire_time=soon)
    await create(alice, request_id=other_id)

    again = await create(alice, request_id=id, expire_time=soon)
    longer = await refusal(create(alice, request_id=id, expire_time=later))
    unsaid = await refusal(create(alice, request_id=id))
    said = await refusal(create(alice, request_id=other_id, expire_time=soon))

    assert again.api_key == made.api_key
    assert {each.reason for each in (longer, unsaid, said)} == {"REQUEST_ID_REUSED"}
