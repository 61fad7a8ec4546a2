"""What replies cost, when the llm service lists the prices."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from uuid import uuid4

import pytest

from parley.llm.v1 import generation_service_pb2 as llm_pb
from services.chat.usage.budgets import Budgets
from services.chat.usage.model import Limits, Price, Used
from services.chat.usage.prices import keep_asking, priced
from services.kit.errors import Unavailable
from tests.chat.conftest import Chat
from tests.chat.speaking import Speaker, completed, delta, speaking
from tests.edge.patience import until
from tests.identity import Identity, bearing
from tests.serving import channel_to, chat_serving

LISTED = [
    llm_pb.Model(
        name="models/small",
        input_micros_per_million_tokens=1_000_000,
        output_micros_per_million_tokens=3_000_000,
    ),
    llm_pb.Model(name="models/dear", output_micros_per_million_tokens=10**9),
]


class Listing:
    """An llm service that may be away at first."""

    def __init__(self, prices: Mapping[str, Price], *, away: bool = True) -> None:
        self.asked = asyncio.Semaphore(0)
        self._prices = prices
        self._away = away

    async def prices(self) -> Mapping[str, Price]:
        self.asked.release()
        if self._away:
            self._away = False
            raise Unavailable(part="llm", retry_seconds=1)
        return self._prices


@pytest.fixture
async def speaker(identity: Identity) -> AsyncIterator[Speaker]:
    async with speaking(identity) as speaker:
        speaker.models.extend(LISTED)
        yield speaker


@pytest.mark.parametrize("answered", ["small", "small-2026-10-21"])
async def test_a_reply_is_charged_at_the_listed_price_of_its_model_or_its_snapshots(
    chat_database: str,
    redis_url: str,
    speaker: Speaker,
    identity: Identity,
    answered: str,
):
    user = uuid4()
    async with (
        chat_serving(
            chat_database, speaker.address, identity, redis_url=redis_url
        ) as address,
        channel_to(address) as channel,
    ):
        chat = Chat(user, bearing(identity.token(user)), channel)
        await speaker.listed.wait()
        done = completed(input_tokens=7, output_tokens=5)
        done.completed.model = answered
        speaker.say(delta("Yes"), done)

        reply = await chat.completed(await chat.conversation(), models=["small"])

    assert reply.model == answered
    assert reply.usage.cost_micros == 7 + 3 * 5


async def test_the_default_model_has_its_own_price_ahead_and_not_the_dearest():
    listing = Listing({"small": Price(1, 2), "dear": Price(1, 10**9)})
    async with asyncio.timeout(10), priced({}, listing) as prices:
        await until(lambda: bool(prices))
        want = Budgets(Limits(micros_per_day=1), prices).more("", 1_000_000)

    assert want.micros == 2


async def test_what_the_operator_says_comes_before_what_is_listed():
    listing = Listing({"small": Price(1, 2), "large": Price(3, 4)})
    async with asyncio.timeout(10), priced({"small": Price(5, 6)}, listing) as prices:
        await until(lambda: "large" in prices)
        found = dict(prices)

    assert (found["small"], found["large"]) == (Price(5, 6), Price(3, 4))


async def test_who_prices_any_other_model_asks_for_no_list():
    listing = Listing({"small": Price(1, 2)})
    async with priced({"*": Price(7, 7)}, listing) as prices:
        cost = Budgets(Limits(), prices).cost("small", Used(1_000_000, 0))

    assert cost == 7
    assert listing.asked.locked(), "nobody asked"


async def test_a_model_that_is_not_listed_for_a_moment_keeps_its_price():
    prices: dict[str, Price] = {}

    async def listed(fresh: Mapping[str, Price]) -> None:
        listing = Listing(fresh, away=False)
        asking = asyncio.create_task(keep_asking(prices, {}, listing))
        await until(lambda: prices.get("small") == fresh["small"])
        asking.cancel()

    async with asyncio.timeout(10):
        await listed({"small": Price(1, 2), "large": Price(3, 4)})
        await listed({"small": Price(5, 6)})

    assert prices["large"] == Price(3, 4)
