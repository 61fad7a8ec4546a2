"""Lists, page after page."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from typing import TypeVar

from parley_client.errors import typed_errors

T = TypeVar("T")
# Takes a page token; returns the page and the token of the next one.
Fetch = Callable[[str], Awaitable[tuple[Iterable[T], str]]]


async def every(fetch: Fetch[T]) -> AsyncIterator[T]:
    """Yield what is on every page; a page is fetched when its first item is due."""
    token = ""
    while True:
        with typed_errors():
            page, token = await fetch(token)
        for item in page:
            yield item
        if not token:
            return
