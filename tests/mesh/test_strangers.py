"""Who has no name of the mesh, or another one, gets nowhere."""

import os
import socket
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.identity.authority import Authority
from deploy.mesh.parley import SERVICES
from deploy.mesh.rpcs import HEALTH
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import tunnel
from tests.mesh.calling import as_caller, status

OK = grpc.StatusCode.OK
UNREACHED = grpc.StatusCode.UNAVAILABLE
DENIED = grpc.StatusCode.PERMISSION_DENIED
EDGE = spiffe_id("parley", "edge")
NOBODY = 65_534  # a user that every machine has
HOUR = timedelta(hours=1)


@pytest.mark.parametrize("called", SERVICES)
async def test_plaintext_is_refused(called: str, stage: Stage):
    async with grpc.aio.insecure_channel(stage.door(called)) as channel:
        assert await status(channel, HEALTH) == UNREACHED


@pytest.mark.asvs("12.1.3")
@pytest.mark.parametrize("called", SERVICES)
async def test_a_caller_without_a_certificate_is_refused(called: str, stage: Stage):
    async with as_caller(stage, called, None) as channel:
        assert await status(channel, HEALTH) == UNREACHED


@pytest.mark.asvs("12.1.3")
@pytest.mark.parametrize("called", SERVICES)
async def test_the_right_name_from_another_authority_is_refused(
    called: str, stage: Stage
):
    rogue = Authority.new().issue(EDGE, HOUR)
    async with as_caller(stage, called, rogue) as channel:
        assert await status(channel, HEALTH) == UNREACHED


@pytest.mark.asvs("12.1.3")
@pytest.mark.parametrize("called", SERVICES)
async def test_an_expired_certificate_is_refused(called: str, stage: Stage):
    yesterday = datetime.now(UTC) - timedelta(days=1)
    expired = stage.bench.authority.issue(EDGE, HOUR, since=yesterday)
    async with as_caller(stage, called, expired) as channel:
        assert await status(channel, HEALTH) == UNREACHED


@pytest.mark.asvs("12.1.3")
@pytest.mark.parametrize(
    "name",
    [
        "spiffe://cluster.local/ns/parley/sa/edge2",
        "spiffe://cluster.local/ns/parley2/sa/edge",
        "spiffe://other.local/ns/parley/sa/edge",
        "spiffe://cluster.local/ns/parley/sa/edge/",
        "SPIFFE://cluster.local/ns/parley/sa/edge",
    ],
)
async def test_a_name_that_is_nearly_the_edges_is_denied(name: str, stage: Stage):
    named = stage.bench.authority.issue(name, HOUR)
    async with as_caller(stage, "chat", named) as channel:
        assert await status(channel, HEALTH) == DENIED


async def test_the_edges_own_name_is_let_in(stage: Stage):
    """So that the refusals above have their reason in the name alone."""
    edge = stage.bench.authority.issue(EDGE, HOUR)
    async with as_caller(stage, "chat", edge) as channel:
        assert await status(channel, HEALTH) == OK


@pytest.mark.parametrize("called", SERVICES)
async def test_a_service_proves_its_own_name(called: str, stage: Stage):
    """A caller that expects somebody else hangs up."""
    authority = stage.bench.authority
    identity = authority.issue(EDGE, HOUR)
    found = {}
    for expected in SERVICES:
        name = spiffe_id("parley", expected)
        async with (
            tunnel(stage.door(called), authority.roots, identity, name) as target,
            grpc.aio.insecure_channel(target) as channel,
        ):
            found[expected] = await status(channel, HEALTH)

    assert found == {name: OK if name == called else UNREACHED for name in SERVICES}


@pytest.mark.parametrize("called", SERVICES)
def test_a_service_itself_listens_on_a_socket_that_nobody_else_may_open(
    called: str, stage: Stage
):
    app = stage.bench.at(called) / "app.sock"

    assert app.is_socket()
    assert app.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("name", ["app.sock", "sds.sock", "admin.sock", "llm.sock"])
def test_another_user_of_the_machine_cannot_open_the_sockets(name: str, stage: Stage):
    found = str(stage.bench.at("chat") / name)
    with socket.socket(socket.AF_UNIX) as mine:
        mine.connect(found)

    with socket.socket(socket.AF_UNIX) as another:
        os.seteuid(NOBODY)
        try:
            with pytest.raises(PermissionError):
                another.connect(found)
        finally:
            os.seteuid(0)


BAD_TOKENS: Mapping[str, dict[str, Any]] = {
    "expired": {"exp": 1},
    "not yet good": {"nbf": 4_000_000_000},
    "for somebody else": {"aud": "elsewhere"},
    "of nobody": {"iss": "nobody"},
}


@pytest.mark.asvs("8.3.1")
@pytest.mark.parametrize("called", SERVICES)
@pytest.mark.parametrize("why", [*BAD_TOKENS, "of another key", "no token at all"])
async def test_a_bad_token_is_refused_at_the_sidecar(
    why: str, called: str, stage: Stage, signers: Mapping[str, Signer]
):
    token = "nonsense"
    if why == "of another key":
        token = Signer().token()
    elif why in BAD_TOKENS:
        token = signers["parley"].token(**BAD_TOKENS[why])
    before = len(stage.played[called].calls)
    methods = {
        # Needs none: a bad one is refused nevertheless.
        "auth": "/parley.auth.v1.AccountService/CreateUser",
        "chat": "/parley.chat.v1.MessageService/SendMessage",
        "llm": "/parley.llm.v1.GenerationService/Generate",
    }

    edge = stage.bench.authority.issue(EDGE, HOUR)
    async with as_caller(stage, called, edge) as channel:
        found = await status(
            channel, methods[called], {"authorization": f"Bearer {token}"}
        )

    wanted = DENIED if why == "for somebody else" else grpc.StatusCode.UNAUTHENTICATED
    assert found == wanted
    came = [
        each for each in stage.played[called].calls[before:] if each.method != HEALTH
    ]
    assert came == []


@pytest.mark.asvs("14.2.1")
@pytest.mark.parametrize("name", ["access_token", "token"])
async def test_a_token_in_the_url_is_not_taken(
    name: str, stage: Stage, signers: Mapping[str, Signer]
):
    """It would stand in logs."""
    before = len(stage.played["chat"].calls)
    edge = stage.bench.authority.issue(EDGE, HOUR)
    method = "/parley.chat.v1.MessageService/SendMessage"
    async with as_caller(stage, "chat", edge) as channel:
        signed = signers["parley"].token()
        found = await status(channel, f"{method}?{name}={signed}")

    assert found == DENIED
    came = [each.method for each in stage.played["chat"].calls[before:]]
    assert set(came) <= {HEALTH}
