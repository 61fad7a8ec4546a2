"""Versions side by side: canaries, previews, mirrors, colours, and game days."""

from collections import Counter
from collections.abc import AsyncIterator, Mapping
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
import pytest

from deploy.mesh.cluster import Locality
from deploy.mesh.parley import Standing
from deploy.mesh.rpcs import rpcs
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import until
from tests.mesh.calling import CALLS, status, token_of
from tests.mesh.editing import Policy

OK = grpc.StatusCode.OK
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
GET = "/parley.chat.v1.ConversationService/GetConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
GENERATE = "/parley.llm.v1.GenerationService/Generate"
# What the edge may call of chat.
OF_CHAT = [
    rpc for rpc in rpcs().values() if rpc.part == "chat" and "edge" in rpc.callers
]


def tracks(*names: str) -> Mapping[str, Mapping[str, Standing]]:
    """Have a replica of chat for each track."""
    return {"chat": {f"chat-{name}": ({"track": name}, Locality()) for name in names}}


def near(found: int, wanted: float) -> bool:
    """Tell whether a count is within four standard deviations, at the most."""
    return abs(found - wanted) <= 4 * sqrt(wanted)


async def call_often(
    stage: Stage,
    signers: Mapping[str, Signer],
    method: str,
    count: int,
    headers: Mapping[str, str] | None = None,
) -> Counter[grpc.StatusCode]:
    """Call chat as the edge does."""
    carried = {**token_of("parley", signers), **(headers or {})}
    ended: Counter[grpc.StatusCode] = Counter()
    async with grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel:
        for _ in range(count):
            ended[await status(channel, method, carried)] += 1
    return ended


def served(stage: Stage, method: str) -> dict[str, int]:
    """Say how often each replica of chat served a method."""
    return {
        name: played.count(method)
        for name, played in stage.played.items()
        if name.startswith("chat")
    }


async def test_a_canary_gets_its_share_and_no_more(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["canary-chat"])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        instances=tracks("stable", "canary"),
    ) as stage:
        ended = await call_often(stage, signers, CREATE, CALLS)

        found = served(stage, CREATE)
        assert ended == {OK: CALLS}
        assert near(found["chat-canary"], 0.05 * CALLS)
        assert found["chat-stable"] == CALLS - found["chat-canary"]


async def test_the_colour_that_rests_gets_nothing(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["blue-green-chat"])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        instances=tracks("blue", "green"),
    ) as stage:
        for method in (CREATE, GET, SEND):
            await call_often(stage, signers, method, 50)
            assert served(stage, method) == {"chat-blue": 50, "chat-green": 0}


async def test_who_asks_gets_the_preview_and_nobody_else(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["preview-chat"])
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        instances=tracks("stable", "preview"),
    ) as stage:
        for rpc in OF_CHAT:
            await call_often(stage, signers, rpc.path, 1, {"x-preview": "chat"})
            await call_often(stage, signers, rpc.path, 2)
            await call_often(stage, signers, rpc.path, 1, {"x-preview": "llm"})
            assert served(stage, rpc.path) == {"chat-preview": 1, "chat-stable": 3}


@pytest.fixture(scope="module")
async def mirrored(signers: Mapping[str, Signer]) -> AsyncIterator[Stage]:
    """A mesh with a mirror of chat."""
    policy = Policy(signers, components=["mirror-chat"])
    with TemporaryDirectory(prefix="parley-") as name:
        async with standing(
            Path(name),
            policy.mesh(),
            keys=[signers["parley"].jwk],
            instances=tracks("stable", "mirror"),
        ) as stage:
            yield stage


async def test_a_mirror_gets_its_share_of_what_reads(
    mirrored: Stage, signers: Mapping[str, Signer]
):
    await call_often(mirrored, signers, GET, CALLS // 2)

    mirror, stable = mirrored.played["chat-mirror"], mirrored.played["chat-stable"]
    await until(lambda: near(mirror.count(GET), 0.05 * CALLS))
    # Whoever called heard the stable version.
    assert stable.count(GET) == CALLS // 2


@pytest.mark.parametrize("method", [rpc.path for rpc in OF_CHAT if not rpc.reads])
async def test_no_copy_is_sent_of_a_call_that_changes_something(
    method: str, mirrored: Stage, signers: Mapping[str, Signer]
):
    """Called often enough that one in ten would show."""
    await call_often(mirrored, signers, method, 50)

    assert served(mirrored, method) == {"chat-mirror": 0, "chat-stable": 50}


async def test_on_a_game_day_half_of_the_answers_fail_and_reach_nobody(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["game-day/llm-is-away"])
    async with standing(folder, policy.mesh(), keys=[signers["parley"].jwk]) as stage:
        ended: Counter[grpc.StatusCode] = Counter()
        headers = token_of("parley-chat", signers)
        async with grpc.aio.insecure_channel(stage.way("chat", "llm")) as channel:
            for _ in range(400):
                ended[await status(channel, GENERATE, headers)] += 1

        assert set(ended) == {OK, UNAVAILABLE}
        assert near(ended[UNAVAILABLE], 200)
        assert stage.played["llm"].count(GENERATE) == ended[OK]
