"""Who may call what, with which token: all of it, called."""

from collections import Counter
from collections.abc import Mapping

import grpc
import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.table.played import KEYS
from deploy.mesh.table.rpcs import Rpc, rpcs
from deploy.mesh.table.standing import Stage
from deploy.mesh.table.tunnels import tunnel
from tests.edge.tokens import Signer
from tests.mesh.calling import status

OK = grpc.StatusCode.OK
DENIED = grpc.StatusCode.PERMISSION_DENIED
NOBODY = grpc.StatusCode.UNAUTHENTICATED

# Accounts of the mesh; those of other namespaces may have the same names.
CALLERS = {
    "edge": ("parley", "edge"),
    "auth": ("parley", "auth"),
    "chat": ("parley", "chat"),
    "llm": ("parley", "llm"),
    "web": ("parley", "web"),
    "ingress": ("istio-ingress", "ingress"),
    "egress": ("istio-egress", "egress"),
    "an edge elsewhere": ("elsewhere", "edge"),
}
# With whose token, and for whom: as each service signs it.
TOKENS = {
    "a user's token": ("parley", "parley"),
    "chat's token": ("parley-chat", "parley-llm"),
    "llm's token": ("parley-llm", "parley-chat"),
}
NO_TOKEN = "no token"
# The issuer of the token with which a service calls.
SIGNS = {"edge": "parley", "auth": "parley", "chat": "parley-chat", "llm": "parley-llm"}
KNOWN = {
    "auth": {"parley"},
    "chat": {"parley", "parley-llm"},
    "llm": {"parley", "parley-chat"},
}


def expected(rpc: Rpc, caller: str, token: str) -> grpc.StatusCode:
    """Say how a call shall end, as the proto says who may."""
    issuer = TOKENS[token][0] if token != NO_TOKEN else None
    if issuer and issuer not in KNOWN[rpc.part]:
        return NOBODY
    if caller not in rpc.callers:
        return DENIED
    return OK if not rpc.needs_token or issuer == SIGNS[caller] else DENIED


def headers(token: str, signers: Mapping[str, Signer]) -> dict[str, str]:
    """Write the headers that carry a token."""
    if token == NO_TOKEN:
        return {}
    issuer, audience = TOKENS[token]
    signed = signers[issuer].token(iss=issuer, aud=audience)
    return {"authorization": f"Bearer {signed}"}


@pytest.mark.parametrize("called", ["auth", "chat", "llm"])
@pytest.mark.parametrize("caller", CALLERS)
async def test_a_caller_may_call_what_the_protos_say_and_nothing_else(
    caller: str, called: str, stage: Stage, signers: Mapping[str, Signer]
):
    authority = stage.bench.authority
    identity = authority.issue(spiffe_id(*CALLERS[caller]), stage.bench.life)
    own = [rpc for rpc in rpcs() if rpc.part == called]
    stage.played[called].calls.clear()

    found = {}
    async with (
        tunnel(stage.door(called), authority.roots, identity) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        for token in (NO_TOKEN, *TOKENS):
            carried = headers(token, signers)
            for rpc in own:
                found[rpc.path, token] = await status(channel, rpc.path, carried)

    wanted = {
        (rpc.path, token): expected(rpc, caller, token)
        for rpc in own
        for token in (NO_TOKEN, *TOKENS)
    }
    assert found == wanted
    # What was refused did not reach the service.
    reached = Counter(path for (path, _), code in wanted.items() if code == OK)
    served = Counter(call.method for call in stage.played[called].calls)
    del served["/grpc.health.v1.Health/Check"]  # the edge itself asks
    del reached[KEYS]  # which the played auth does not count
    assert served == reached


@pytest.mark.parametrize("called", ["auth", "chat", "llm"])
@pytest.mark.parametrize("caller", CALLERS)
async def test_the_edge_alone_may_ask_whether_a_service_is_well(
    caller: str, called: str, stage: Stage
):
    authority = stage.bench.authority
    identity = authority.issue(spiffe_id(*CALLERS[caller]), stage.bench.life)
    async with (
        tunnel(stage.door(called), authority.roots, identity) as target,
        grpc.aio.insecure_channel(target) as channel,
    ):
        health = await status(channel, "/grpc.health.v1.Health/Check")
        others = {
            await status(channel, method)
            for method in (
                "/grpc.health.v1.Health/Watch",
                "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
                "/parley.chat.v1.MessageService/Unsend",
            )
        }

    assert health == (OK if caller == "edge" else DENIED)
    assert others == {DENIED}
