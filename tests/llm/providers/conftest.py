"""A provider of each protocol, over a server that plays its owner."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.llm.ports import Provider
from services.llm.providers.endpoint import client_session
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.llm.providers.protocols import PROTOCOLS, Protocol


@pytest.fixture(params=PROTOCOLS, ids=lambda protocol: protocol.name)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """Each protocol in turn."""
    spoken: Protocol = request.param
    return spoken


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """Connections to providers."""
    async with client_session() as session:
        yield session


@pytest.fixture
async def upstream(protocol: Protocol) -> AsyncIterator[Upstream]:
    """A scripted model behind the protocol."""
    async with protocol.serving(Script(tokens=words(20))) as upstream:
        yield upstream


@pytest.fixture
def provider(
    protocol: Protocol, session: aiohttp.ClientSession, upstream: Upstream
) -> Provider:
    """What asks it."""
    return protocol.open(session, upstream.url)
