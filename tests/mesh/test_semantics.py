"""What Istio's documentation says of policies, as the sidecars do it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import grpc
import pytest

from deploy.mesh.cluster import spiffe_id
from deploy.mesh.rpcs import HEALTH
from deploy.mesh.table.signing import Signer
from deploy.mesh.table.standing import Stage, standing
from tests.mesh.calling import as_caller, status
from tests.mesh.editing import Policy

GET = "/parley.chat.v1.ConversationService/GetConversation"
CREATE = "/parley.chat.v1.ConversationService/CreateConversation"
SEND = "/parley.chat.v1.MessageService/SendMessage"
SEARCH = "/parley.chat.v1.SearchService/SearchMessages"
OF_CHAT = {"matchLabels": {"app.kubernetes.io/name": "chat"}}
EDGE = "cluster.local/ns/parley/sa/edge"
ANNA = str(uuid4())
Case = tuple[str, dict[str, Any], dict[str, bool]]


def allowing(*operations: dict[str, Any], **rule: Any) -> dict[str, Any]:
    """Allow the edge some operations, and nothing that was allowed before."""
    source = rule.pop("source", {"principals": [EDGE]})
    to = {"to": [{"operation": each} for each in operations]} if operations else {}
    return {"action": "ALLOW", "rules": [{"from": [{"source": source}], **to, **rule}]}


def denying(*operations: dict[str, Any], **rule: Any) -> dict[str, Any]:
    """Deny the edge some operations, whatever else is allowed."""
    return {**allowing(*operations, **rule), "action": "DENY"}


# What a policy says, and which calls of the edge go through when it is all there is.
ALONE: list[Case] = [
    ("no policy at all lets everybody through", {}, {GET: True, SEND: True}),
    (
        "a policy without rules lets nobody through",
        {"action": "ALLOW", "rules": []},
        {GET: False, SEND: False},
    ),
    (
        "a rule without conditions lets everybody through",
        {"action": "ALLOW", "rules": [{}]},
        {GET: True, SEND: True},
    ),
    (
        "a denial without rules denies nobody",
        {"action": "DENY", "rules": []},
        {GET: True, SEND: True},
    ),
    (
        "a path may end in anything",
        allowing({"paths": ["/parley.chat.v1.ConversationService/*"]}),
        {GET: True, CREATE: True, SEND: False},
    ),
    (
        "a path may begin with anything",
        allowing({"paths": ["*/GetConversation"]}),
        {GET: True, CREATE: False},
    ),
    (
        "any of several operations",
        allowing({"paths": [GET]}, {"paths": [SEND]}),
        {GET: True, SEND: True, CREATE: False},
    ),
    (
        "all that one operation says",
        allowing({"paths": [GET], "methods": ["GET"]}),
        {GET: False},
    ),
    (
        "all paths but these",
        allowing({"notPaths": [SEND]}),
        {GET: True, SEND: False},
    ),
    (
        "the port of the workload",
        allowing({"ports": ["50052"]}),
        {GET: True},
    ),
    ("another port", allowing({"ports": ["9464"]}), {GET: False}),
    (
        "a namespace",
        allowing(source={"namespaces": ["parley"]}),
        {GET: True},
    ),
    ("another namespace", allowing(source={"namespaces": ["par"]}), {GET: False}),
    (
        "everybody but the edge",
        allowing(source={"notPrincipals": [EDGE]}),
        {GET: False},
    ),
    (
        "a user",
        allowing(source={"requestPrincipals": [f"parley/{ANNA}"]}),
        {GET: True},
    ),
    (
        "another user",
        allowing(source={"requestPrincipals": [f"parley/{uuid4()}"]}),
        {GET: False},
    ),
    (
        "a claim",
        allowing(when=[{"key": "request.auth.claims[sub]", "values": [ANNA]}]),
        {GET: True},
    ),
    (
        "not this claim",
        allowing(when=[{"key": "request.auth.claims[sub]", "notValues": [ANNA]}]),
        {GET: False},
    ),
    (
        "an audience",
        allowing(when=[{"key": "request.auth.audiences", "values": ["parley"]}]),
        {GET: True},
    ),
    (
        "a header",
        allowing(when=[{"key": "request.headers[x-test]", "values": ["yes"]}]),
        {GET: True},
    ),
    (
        "all of several conditions",
        allowing(
            when=[
                {"key": "request.headers[x-test]", "values": ["yes"]},
                {"key": "request.headers[x-test]", "notValues": ["y*"]},
            ]
        ),
        {GET: False},
    ),
]
# What a policy says, and which calls go through when what is written is there as well.
BESIDE: list[Case] = [
    (
        "a denial beats whatever allows",
        denying({"paths": [GET]}),
        {GET: False, CREATE: True},
    ),
    (
        "a denial of all but one path",
        denying({"notPaths": [GET]}),
        {GET: True, CREATE: False, SEND: False},
    ),
    (
        "another allowance adds to what is allowed",
        allowing({"paths": ["/parley.chat.v1.HoldService/CreateHold"]}),
        {GET: True, "/parley.chat.v1.HoldService/CreateHold": True},
    ),
]


@pytest.fixture(scope="module")
async def changing(signers: Mapping[str, Signer]) -> AsyncIterator[Stage]:
    """A mesh whose policy these tests change."""
    with TemporaryDirectory(prefix="parley-") as name:
        keys = [signers["parley"].jwk]
        async with standing(Path(name), Policy(signers).mesh(), keys=keys) as stage:
            yield stage


async def passes(
    stage: Stage, signers: Mapping[str, Signer], methods: Mapping[str, bool]
) -> dict[str, bool]:
    """Call methods as the edge, over a new connection; say which go through."""
    name = spiffe_id("parley", "edge")
    identity = stage.bench.authority.issue(name, timedelta(hours=1))
    signed = signers["parley"].token(sub=ANNA)
    headers = {"authorization": f"Bearer {signed}", "x-test": "yes"}
    found = {}
    async with as_caller(stage, "chat", identity) as channel:
        for method in methods:
            found[method] = await status(channel, method, headers)
    assert set(found.values()) <= {
        grpc.StatusCode.OK,
        grpc.StatusCode.PERMISSION_DENIED,
    }
    return {method: code == grpc.StatusCode.OK for method, code in found.items()}


def resource(
    spec: dict[str, Any], namespace: str = "parley", *, selects: bool = True
) -> dict[str, Any]:
    """Write a policy for chat, or for all."""
    selector = {"selector": OF_CHAT} if selects else {}
    return {
        "apiVersion": "security.istio.io/v1",
        "kind": "AuthorizationPolicy",
        "metadata": {"name": "tested", "namespace": namespace},
        "spec": {**selector, **spec},
    }


def without_access(policy: Policy) -> Policy:
    """Take every policy of access away from chat."""
    return replace(policy, without=("AuthorizationPolicy",))


@pytest.mark.parametrize(("title", "spec", "wanted"), ALONE, ids=[c[0] for c in ALONE])
async def test_a_policy_that_is_all_there_is(
    title: str,
    spec: dict[str, Any],
    wanted: dict[str, bool],
    changing: Stage,
    signers: Mapping[str, Signer],
):
    own = (resource(spec),) if spec else ()
    policy = without_access(Policy(signers, beside=own))
    await changing.bench.push(policy.mesh())

    assert await passes(changing, signers, wanted) == wanted


@pytest.mark.parametrize(
    ("title", "spec", "wanted"), BESIDE, ids=[c[0] for c in BESIDE]
)
async def test_a_policy_beside_what_is_written(
    title: str,
    spec: dict[str, Any],
    wanted: dict[str, bool],
    changing: Stage,
    signers: Mapping[str, Signer],
):
    await changing.bench.push(Policy(signers, beside=(resource(spec),)).mesh())

    assert await passes(changing, signers, wanted) == wanted


@pytest.mark.parametrize("namespace", ["parley", "istio-system", "elsewhere"])
async def test_a_policy_without_a_selector_is_for_its_namespace_or_for_all(
    namespace: str, changing: Stage, signers: Mapping[str, Signer]
):
    everything = resource(denying({"paths": [GET]}), namespace, selects=False)
    await changing.bench.push(Policy(signers, beside=(everything,)).mesh())

    found = await passes(changing, signers, {GET: False})

    assert found == {GET: namespace == "elsewhere"}


@pytest.mark.parametrize(
    ("path", "through"),
    [
        (GET, True),
        ("//parley.chat.v1.ConversationService/GetConversation", True),
        ("/parley.chat.v1.ConversationService%2FGetConversation", True),
        ("/elsewhere/..//parley.chat.v1.ConversationService/GetConversation", True),
        (
            "/parley.chat.v1.MessageService/../ConversationService/GetConversation",
            False,
        ),
        ("/parley.chat.v1.ConversationService/GetConversation/", False),
        ("/parley.chat.v1.conversationservice/getconversation", False),
    ],
)
async def test_paths_that_mean_the_same_are_compared_as_the_same(
    path: str, through: bool, changing: Stage, signers: Mapping[str, Signer]
):
    allowed = resource(allowing({"paths": [GET]}))
    policy = without_access(Policy(signers, beside=(allowed,)))
    await changing.bench.push(policy.mesh())
    changing.played["chat"].calls.clear()

    found = await passes(changing, signers, {path: through})

    assert found == {path: through}
    # The service sees the path that the policy saw.
    served = {call.method for call in changing.played["chat"].calls}
    assert served - {HEALTH} == ({GET} if through else set())
