"""What models cost: what the operator says, else what the llm service lists."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.chat.usage.model import ANY_MODEL, DEFAULT_MODEL, Price, Prices
from services.chat.usage.ports import PricedModels
from services.kit.errors import ServiceError

log = logging.getLogger(__name__)

AGAIN_SECONDS = 60.0
AWAY_SECONDS = 1.0  # until the first list has come


@asynccontextmanager
async def priced(own: Prices, models: PricedModels) -> AsyncIterator[Prices]:
    """
    Keep prices while the block runs: the operator's own, then those that are listed.

    Who prices `*`, any other model, has priced them all, and nothing is asked for.
    """
    prices: dict[str, Price] = dict(own)
    if ANY_MODEL in own:
        yield prices
        return
    asking = asyncio.create_task(keep_asking(prices, own, models))
    try:
        yield prices
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def keep_asking(
    prices: dict[str, Price], own: Prices, models: PricedModels
) -> None:
    """
    Ask for the list again and again; while llm is away, the last one stays.

    So does the price of a model that is not listed any more: its provider may be away,
    and its models are asked and charged all the same.
    """
    wait = AWAY_SECONDS
    while True:
        try:
            listed = await models.prices()
        except ServiceError:
            log.info("llm lists no prices yet")
        else:
            wait = AGAIN_SECONDS
            fresh = {**listed, **own}
            if listed:
                default = next(iter(listed))
                fresh[DEFAULT_MODEL] = fresh[default]
            prices.update(fresh)
        await asyncio.sleep(wait)
