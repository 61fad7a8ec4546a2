"""The edge gets the keys of access tokens by itself, whatever starts first."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from edge.envoy.render import Edge
from tests.edge import servicers
from tests.edge.envoy_process import running
from tests.edge.parts import Part, part
from tests.edge.protocols import clients_of
from tests.edge.rpcs import ASK_FOR_IT, GET
from tests.edge.servicers import Script


@pytest.fixture
async def own_auth(script: Script) -> AsyncIterator[Part]:
    """An auth that this test may hurt."""
    async with part(servicers.add_auth, script) as auth:
        yield auth


async def test_until_auth_is_there_nobody_is_told_to_sign_in(
    edge: Edge, own_auth: Part, token: str, tmp_path: Path
) -> None:
    await own_auth.cut()
    late = replace(edge, auth=(own_auth.address,))
    async with running(late, tmp_path) as envoy, clients_of(envoy) as clients:
        for client in clients:
            answer = await client.call(GET, ASK_FOR_IT, token=token)

            assert (answer.code, answer.reason) == ("UNAVAILABLE", "UNAVAILABLE")
            assert answer.metadata == {"part": "auth"}

        await own_auth.mend()
        await envoy.until_keys()
        for client in clients:
            answer = await client.call(GET, ASK_FOR_IT, token=token)
            assert answer.code == "OK"


@pytest.mark.asvs("16.5.2")
async def test_known_keys_stay_good_while_auth_is_away(
    edge: Edge, own_auth: Part, token: str, tmp_path: Path
) -> None:
    own = replace(edge, auth=(own_auth.address,))
    async with running(own, tmp_path) as envoy, clients_of(envoy) as clients:
        await envoy.until_keys()
        await own_auth.cut()
        for client in clients:
            answer = await client.call(GET, ASK_FOR_IT, token=token)
            assert answer.code == "OK"
