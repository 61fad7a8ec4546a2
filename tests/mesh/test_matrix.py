"""Who may call what, with which token: all of it, called."""

from collections import Counter
from collections.abc import Mapping

import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.parley import SERVICES
from deploy.mesh.rpcs import HEALTH, rpcs
from deploy.mesh.table.calls import call_rpcs
from deploy.mesh.table.expected import CALLERS, NO_TOKEN, TOKENS, expected
from deploy.mesh.table.played import KEYS
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("called", SERVICES)
@pytest.mark.parametrize("caller", CALLERS)
async def test_a_caller_may_call_what_the_protos_say_and_nothing_else(
    caller: str, called: str, stage: Stage, signers: Mapping[str, Signer]
):
    name = spiffe_id(*CALLERS[caller])
    identity = stage.bench.authority.issue(name, stage.bench.life)
    own = [rpc for rpc in rpcs().values() if rpc.part == called]
    paths = [rpc.path for rpc in own]
    stage.played[called].calls.clear()

    found = await call_rpcs(stage, called, caller, identity, paths, signers)

    wanted = {
        (rpc.path, token): expected(rpc, caller, token)
        for rpc in own
        for token in (NO_TOKEN, *TOKENS)
    }
    assert {(call.what, call.token): end for call, end in found.items()} == wanted
    # What was refused did not reach the service.
    reached = Counter(path for (path, _), end in wanted.items() if end == "allowed")
    served = Counter(call.method for call in stage.played[called].calls)
    del served[HEALTH]  # the edge itself asks
    del reached[KEYS]  # which the played auth does not count
    assert served == reached


@pytest.mark.parametrize("called", SERVICES)
@pytest.mark.parametrize("caller", CALLERS)
async def test_the_edge_alone_may_ask_whether_a_service_is_well(
    caller: str, called: str, stage: Stage, signers: Mapping[str, Signer]
):
    name = spiffe_id(*CALLERS[caller])
    identity = stage.bench.authority.issue(name, stage.bench.life)
    others = (
        "/grpc.health.v1.Health/Watch",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
        "/parley.chat.v1.MessageService/Unsend",
    )

    found = await call_rpcs(stage, called, caller, identity, [HEALTH, *others], signers)

    without = {call.what: end for call, end in found.items() if call.token == NO_TOKEN}
    health = "allowed" if caller == "edge" else "denied"
    assert without == {HEALTH: health, **dict.fromkeys(others, "denied")}
