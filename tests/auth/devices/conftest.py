"""A terminal, and a database without others."""

import pytest

from services.kit.postgres import Database
from tests.auth.browser import Api, Browser


@pytest.fixture
async def database(database: Database) -> Database:
    """Auth's database, without terminals that ask."""
    async with database.transaction() as connection:
        await connection.execute("TRUNCATE device_authorizations")
    return database


@pytest.fixture
def terminal(api: Api) -> Browser:
    """What wants to be signed in, from some network."""
    return Browser(api, address="203.0.113.7")
