"""What is asked again is asked again in one place, though two proxies could."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import grpc
import pytest

from deploy.mesh.table.played import Call, one_answer
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from tests.mesh.calling import status, token_of
from tools.kubernetes.manifests import overlay
from tools.kubernetes.rules.network import flags

ONCE_AND_TWICE_AGAIN = 3


async def unavailable(call: Call, context: Any) -> AsyncIterator[bytes]:
    """Say that a replica is going."""
    await context.abort(grpc.StatusCode.UNAVAILABLE)
    yield b""


@pytest.mark.parametrize("name", ["staging", "production"])
def test_the_edge_of_a_cluster_with_a_mesh_asks_once(name: str) -> None:
    assert flags(overlay(name)).retries == 0


def test_the_edge_of_a_cluster_without_a_mesh_asks_again() -> None:
    assert flags(overlay("dev")).retries == 2


@pytest.mark.parametrize(
    ("method", "times"),
    [
        ("/parley.chat.v1.ConversationService/GetConversation", ONCE_AND_TWICE_AGAIN),
        ("/parley.chat.v1.ConversationService/CreateConversation", 1),
    ],
)
async def test_through_the_edge_a_read_is_asked_as_often_as_the_mesh_says(
    method: str, times: int, stage: Stage, signers: Mapping[str, Signer]
) -> None:
    played = stage.played["chat"]
    played.calls.clear()
    played.play = unavailable
    try:
        edge = f"127.0.0.1:{stage.ports['edge-app']}"
        async with grpc.aio.insecure_channel(edge) as channel:
            ended = await status(channel, method, token_of("parley", signers))
    finally:
        played.play = one_answer

    assert ended == grpc.StatusCode.UNAVAILABLE
    assert played.count(method) == times
