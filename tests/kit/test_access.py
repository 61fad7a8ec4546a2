"""Who may call a method is stated once, beside it in the protos, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from parley.access.v1 import access_pb2
from parley.auth.v1 import session_service_pb2
from parley.chat.v1 import (
    conversation_service_pb2,
    hold_service_pb2,
    search_service_pb2,
    share_service_pb2,
)
from services.kit.access import Access, access_of, admits
from services.kit.caller import Forbidden, Unauthenticated, current
from services.kit.delegation import Delegation
from services.kit.interceptors import bearer
from tests.identity import LLM, Identity

DESCRIPTORS = Path(__file__).parents[2] / "gen/parley.binpb"


def path(module: ModuleType, service: str, method: str) -> str:
    """Name a method, which has to be there."""
    found = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    return f"/{found.containing_service.full_name}/{found.name}"


# Of the edge and llm; of llm; of the edge; with a token or without; without.
SEARCH = path(search_service_pb2, "SearchService", "SearchMessages")
HOLD = path(hold_service_pb2, "HoldService", "CreateHold")
LIST = path(conversation_service_pb2, "ConversationService", "ListConversations")
SHARED = path(share_service_pb2, "ShareService", "GetSharedConversation")
SIGN_IN = path(session_service_pb2, "SessionService", "CreateSession")


class Call:
    """A call that comes with some metadata."""

    def __init__(self, *metadata: tuple[str, str]) -> None:
        self._metadata = metadata

    def invocation_metadata(self) -> tuple[tuple[str, str], ...]:
        return self._metadata


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity()


def own(identity: Identity) -> Call:
    return Call(("authorization", f"Bearer {identity.token(uuid4())}"))


def of_llm(identity: Identity) -> Call:
    token = Delegation(identity.llm_key, LLM).token(uuid4())
    return Call(("authorization", f"Bearer {token}"))


def test_every_method_says_who_may_call_it_and_it_is_somebody():
    descriptors = FileDescriptorSet.FromString(DESCRIPTORS.read_bytes())
    methods = {
        f"/{file.package}.{service.name}/{method.name}": method
        for file in descriptors.file
        for service in file.service
        for method in service.method
    }
    silent = [
        path
        for path, method in methods.items()
        if not method.options.Extensions[access_pb2.access].callers
        or Access.CALLER_UNSPECIFIED
        in method.options.Extensions[access_pb2.access].callers
    ]

    assert len(methods) > 80
    assert silent == []


@pytest.mark.parametrize(
    "method", ["/parley.chat.v1.SearchService/Nothing", "/nothing", "", "/a/b/c"]
)
def test_what_there_is_not_nobody_may_call(method: str):
    assert not access_of(method).callers


def test_a_service_is_let_in_where_it_is_named_and_the_edge_where_that_is():
    search, hold, listing = map(access_of, (SEARCH, HOLD, LIST))

    assert [admits(each, None) for each in (search, hold, listing)] == [
        True,
        False,
        True,
    ]
    assert [admits(each, "llm") for each in (search, hold, listing)] == [
        True,
        True,
        False,
    ]
    assert not admits(search, "chat")


@pytest.mark.parametrize(
    ("method", "call", "allowed"),
    [
        (SEARCH, own, True),
        (SEARCH, of_llm, True),
        (HOLD, own, False),
        (HOLD, of_llm, True),
        (LIST, own, True),
        (LIST, of_llm, False),
        (SHARED, own, True),
        (SHARED, of_llm, False),
    ],
)
async def test_a_good_token_lets_in_whom_the_method_names(
    identity: Identity, method: str, call: object, allowed: bool
):
    assert callable(call)
    authenticate = bearer(identity.verifier(trusted=identity.trusted_by_chat))
    if allowed:
        await authenticate(method, call(identity))
        assert current().actor == ("llm" if call is of_llm else None)
        return
    with pytest.raises(Forbidden):
        await authenticate(method, call(identity))


async def test_without_a_token_only_what_needs_none_is_answered(identity: Identity):
    authenticate = bearer(identity.verifier())

    await authenticate(SHARED, Call())
    await authenticate(SIGN_IN, Call())
    for method in (SEARCH, HOLD, "/nothing"):
        with pytest.raises(Unauthenticated):
            await authenticate(method, Call())


async def test_a_bad_token_is_refused_where_one_may_come_and_not_looked_at_elsewhere(
    identity: Identity,
):
    authenticate = bearer(identity.verifier())
    bad = Call(("authorization", "Bearer nonsense"))

    await authenticate(SIGN_IN, bad)
    with pytest.raises(Unauthenticated):
        await authenticate(SHARED, bad)


async def test_even_a_good_token_does_not_open_what_names_nobody(identity: Identity):
    with pytest.raises(Forbidden):
        await bearer(identity.verifier())("/parley.x.v1.X/Y", own(identity))
