"""Waiting for a condition."""

from collections.abc import Callable

import aiohttp
from tenacity import retry, retry_if_exception_type, stop_after_delay, wait_fixed

patiently = retry(
    retry=retry_if_exception_type((AssertionError, aiohttp.ClientError)),
    stop=stop_after_delay(60),
    wait=wait_fixed(0.02),
    reraise=True,
)


async def until(condition: Callable[[], object]) -> None:
    """Wait until something is so."""

    @patiently
    async def is_so() -> None:
        assert condition()

    await is_so()
