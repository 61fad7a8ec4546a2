"""One system that all these tests hurt."""

from collections.abc import AsyncIterator

import pytest

from tests.faults.system import System, hurtable


@pytest.fixture(scope="package")
async def system() -> AsyncIterator[System]:
    """A whole system: each test leaves it well."""
    async with hurtable() as system:
        yield system
