"""A system with two of each service."""

from collections.abc import AsyncIterator

import pytest

from tests.stack import Stack, running


@pytest.fixture(scope="package")
async def two() -> AsyncIterator[Stack]:
    """Two of each service."""
    async with running(REPLICAS="2") as stack:
        yield stack
