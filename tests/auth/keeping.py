"""What chat and llm keep of people, looked at in their databases."""

from collections.abc import Awaitable, Callable
from typing import LiteralString
from uuid import UUID

import grpc
import psycopg
from tenacity import (
    AsyncRetrying,
    retry_if_exception_type,
    stop_after_delay,
    wait_fixed,
)

from tests.auth.browser import Browser

SAY: LiteralString = """
    INSERT INTO conversations (user_id, id, title, create_time, update_time)
    VALUES (%s, gen_random_uuid(), 'A title', now(), now())
"""


KEEP: LiteralString = """
    INSERT INTO documents (user_id, id, display_name, size_bytes, create_time,
        update_time)
    VALUES (%s, gen_random_uuid(), 'A file', 1, now(), now())
"""


def id_of(browser: Browser) -> UUID:
    return UUID(browser.user.removeprefix("users/"))


def visible(url: str, browser: Browser) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT FROM conversations WHERE user_id = %s AND delete_time IS NULL",
            [id_of(browser)],
        ).rowcount


def kept(url: str, browser: Browser) -> int:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT FROM documents WHERE user_id = %s AND delete_time IS NULL",
            [id_of(browser)],
        ).rowcount


async def insisting(call: Callable[[], Awaitable[None]]) -> None:
    """Call until it goes: auth finds out within a second or so that others are back."""
    async for attempt in patiently(grpc.aio.AioRpcError):
        with attempt:
            await call()


def patiently(error: type[Exception] = AssertionError) -> AsyncRetrying:
    return AsyncRetrying(
        retry=retry_if_exception_type(error),
        stop=stop_after_delay(20),
        wait=wait_fixed(0.05),
        reraise=True,
    )
