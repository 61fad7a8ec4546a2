"""Versions side by side: canaries, previews, mirrors, colours, and game days."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from math import sqrt
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

import grpc
import pytest

from deploy.local.state import ROOT
from deploy.mesh.cluster import Locality
from deploy.mesh.parley import Standing
from deploy.mesh.rpcs import rpcs
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.edge.patience import patiently, until
from tests.mesh.calling import CALLS, status, token_of
from tests.mesh.editing import Policy

OK = grpc.StatusCode.OK
UNAVAILABLE = grpc.StatusCode.UNAVAILABLE
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
GET = "/parley.chat.v1.ConversationService/GetConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
SIGN_UP = "/parley.auth.v1.AccountService/CreateUser"
UPDATE = "/parley.llm.v1.AssistantService/UpdateAssistant"
WATCH = "/parley.chat.v1.MessageService/ResumeReply"
FOLDER = ROOT / "deploy/istio/components"
GENERATE = "/parley.llm.v1.GenerationService/Generate"
# What the edge may call of chat.
OF_CHAT = [
    rpc for rpc in rpcs().values() if rpc.part == "chat" and "edge" in rpc.callers
]


def tracks(*names: str, of: str = "chat") -> Mapping[str, Mapping[str, Standing]]:
    """Have a replica of a service for each track."""
    return {of: {f"{of}-{name}": ({"track": name}, Locality()) for name in names}}


def near(found: int, wanted: float) -> bool:
    """Tell whether a count is within four standard deviations, at the most."""
    return abs(found - wanted) <= 4 * sqrt(wanted)


async def call_often(
    stage: Stage,
    signers: Mapping[str, Signer],
    method: str,
    count: int,
    headers: Mapping[str, str] | None = None,
    of: str = "chat",
) -> Counter[grpc.StatusCode]:
    """Call a service as the edge does."""
    carried = {**token_of("parley", signers), **(headers or {})}
    ended: Counter[grpc.StatusCode] = Counter()
    async with grpc.aio.insecure_channel(stage.way("edge", of)) as channel:
        for _ in range(count):
            ended[await status(channel, method, carried)] += 1
    return ended


def served(stage: Stage, method: str, of: str = "chat") -> dict[str, int]:
    """Say how often each replica of a service served a method."""
    return {
        name: played.count(method)
        for name, played in stage.played.items()
        if name.startswith(of)
    }


@pytest.mark.parametrize("service", ["chat", "llm"])
async def test_a_canary_gets_its_share_and_no_more(
    service: str, signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=[f"canary-{service}"])
    method = {"chat": CREATE, "llm": UPDATE}[service]
    async with standing(
        folder,
        policy.mesh(),
        keys=[signers["parley"].jwk],
        instances=tracks("stable", "canary", of=service),
    ) as stage:
        ended = await call_often(stage, signers, method, CALLS, of=service)

        found = served(stage, method, of=service)
        assert ended == {OK: CALLS}
        assert near(found[f"{service}-canary"], 0.05 * CALLS)
        assert found[f"{service}-stable"] == CALLS - found[f"{service}-canary"]


COMPONENTS = sorted(
    str(each.parent.relative_to(FOLDER))
    for each in FOLDER.rglob("kustomization.yaml")
    # These are in every installation of the bench, or refused, or have tests below.
    if each.parent.name not in ("ambient", "example-keys")
    and not each.parent.name.startswith("sidecars")
    and each.parent.parent.name not in ("providers", "game-day")
)


@pytest.mark.parametrize("component", COMPONENTS)
async def test_with_each_component_every_service_is_reached_as_the_bench_lays_it_out(
    component: str, signers: Mapping[str, Signer], folder: Path
):
    mesh = Policy(signers, components=[component]).mesh()
    headers = token_of("parley", signers)
    async with standing(folder, mesh, keys=[signers["parley"].jwk]) as stage:
        found = {}
        for service, method in {"auth": SIGN_UP, "chat": SEND, "llm": UPDATE}.items():
            async with grpc.aio.insecure_channel(stage.way("edge", service)) as channel:
                found[service] = await status(channel, method, headers)

    assert found == {"auth": OK, "chat": OK, "llm": OK}


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
    """Called often enough that one in ten would show, as it does of what reads."""
    mirror = mirrored.played["chat-mirror"]
    await call_often(mirrored, signers, method, 50)

    # Copies are on their way when the answer is there: one that is called for comes.
    copies = mirror.count(GET)

    @patiently
    async def a_copy_came():
        await call_often(mirrored, signers, GET, 10)
        assert mirror.count(GET) > copies

    await a_copy_came()
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


async def test_on_a_game_day_auth_takes_three_seconds(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["game-day/auth-is-slow"])
    async with (
        standing(folder, policy.mesh(), keys=[signers["parley"].jwk]) as stage,
        grpc.aio.insecure_channel(stage.way("edge", "auth")) as channel,
    ):
        began = monotonic()
        ended = await status(channel, SIGN_UP)

        assert ended == OK
        assert monotonic() - began >= 3
        assert stage.played["auth"].count(SIGN_UP) == 1


async def test_on_a_game_day_a_fifth_of_what_reads_fails_and_no_reply(
    signers: Mapping[str, Signer], folder: Path
):
    policy = Policy(signers, components=["game-day/chat-is-flaky"])
    headers = token_of("parley", signers)
    async with (
        standing(folder, policy.mesh(), keys=[signers["parley"].jwk]) as stage,
        grpc.aio.insecure_channel(stage.way("edge", "chat")) as channel,
    ):
        # The sidecar has the keys of tokens from here on.
        assert await status(channel, SEND, headers) == OK
        stage.played["chat"].calls.clear()
        ended = {
            method: Counter(
                await asyncio.gather(
                    *(status(channel, method, headers) for _ in range(400))
                )
            )
            for method in (GET, WATCH, SEND)
        }

        assert ended[SEND] == {OK: 400}
        for method in (GET, WATCH):
            assert set(ended[method]) == {OK, UNAVAILABLE}
            assert near(ended[method][UNAVAILABLE], 80)
            assert stage.played["chat"].count(method) == ended[method][OK]
