"""Streams of responses, none of which may go silent."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol, TypeVar

import grpc

from parley_client.errors import ParleyError, typed_errors

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Stream(Protocol[T_co]):
    """A call that streams its responses."""

    def __aiter__(self) -> AsyncIterator[T_co]:
        """Yield the responses."""

    def cancel(self) -> bool:
        """Free the connection."""


class Cut(ParleyError):
    """The stream ended, and what it tells of did not."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.UNAVAILABLE)


async def responses(stream: Stream[T], *, silence: float) -> AsyncGenerator[T]:
    """Yield what a call streams; free the connection when nobody reads any more."""
    iterator = aiter(stream)
    try:
        while True:
            with typed_errors():
                try:
                    async with asyncio.timeout(silence):
                        response = await anext(iterator)
                except TimeoutError:
                    raise Cut("Parley went silent.") from None
                except StopAsyncIteration:
                    return
            yield response
    finally:
        stream.cancel()
