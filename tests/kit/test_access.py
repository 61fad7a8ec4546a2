"""Who may call a method is stated once, beside it in the protos."""

from __future__ import annotations

from types import ModuleType
from uuid import uuid4

import pytest

from parley.access.v1 import access_pb2
from parley.auth.v1 import session_service_pb2
from parley.chat.v1 import (
    conversation_service_pb2,
    hold_service_pb2,
    search_service_pb2,
    share_service_pb2,
)
from services.kit.access import Access, access_of, admits, admits_without_token
from services.kit.caller import Forbidden, Unauthenticated, current
from services.kit.delegation import Delegation
from services.kit.interceptors import bearer
from tests.identity import CHAT, LLM, Identity
from tests.kit.stated import STATED


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


# What is not for the edge alone, with a user's token. A change here is one of who may
# call what: it belongs into the mesh's policy too.
SPECIAL = {
    "/parley.auth.v1.AccountService/CompleteSignUp": ("edge", "NONE"),
    "/parley.auth.v1.AccountService/CreateUser": ("edge", "NONE"),
    "/parley.auth.v1.CredentialService/CompletePasswordReset": ("edge", "NONE"),
    "/parley.auth.v1.CredentialService/RequestPasswordReset": ("edge", "NONE"),
    "/parley.auth.v1.CredentialService/ResendCode": ("edge", "NONE"),
    "/parley.auth.v1.SessionService/CreateSession": ("edge", "NONE"),
    "/parley.auth.v1.SessionService/CompleteSession": ("edge", "NONE"),
    "/parley.auth.v1.PasskeyService/BeginPasskeySignIn": ("edge", "NONE"),
    "/parley.auth.v1.PasskeyService/CompletePasskeySignIn": ("edge", "NONE"),
    "/parley.auth.v1.SessionService/RefreshSession": ("edge", "NONE"),
    "/parley.auth.v1.IdentityService/BeginSignIn": ("edge", "NONE"),
    "/parley.auth.v1.IdentityService/FinishSignIn": ("edge", "NONE"),
    "/parley.auth.v1.IdentityService/ListIdentityProviders": ("edge", "NONE"),
    "/parley.auth.v1.KeyService/GetJsonWebKeySet": ("edge chat llm", "NONE"),
    "/parley.auth.v1.ApiKeyService/ExchangeApiKey": ("edge", "NONE"),
    "/parley.auth.v1.DeviceService/BeginDeviceAuthorization": ("edge", "NONE"),
    "/parley.auth.v1.DeviceService/PollDeviceAuthorization": ("edge", "NONE"),
    "/parley.auth.v1.OAuthService/AuthorizeDevice": ("edge", "NONE"),
    "/parley.auth.v1.OAuthService/GetAuthorizationServerMetadata": ("edge", "NONE"),
    "/parley.auth.v1.OAuthService/IssueToken": ("edge", "NONE"),
    "/parley.auth.v1.RevocationService/WatchRevocations": ("chat llm", "NONE"),
    "/parley.chat.v1.ErasureService/EraseUserData": ("edge auth", "NEEDED"),
    "/parley.chat.v1.HoldService/CreateHold": ("llm", "NEEDED"),
    "/parley.chat.v1.HoldService/ExtendHold": ("llm", "NEEDED"),
    "/parley.chat.v1.HoldService/SettleHold": ("llm", "NEEDED"),
    "/parley.chat.v1.SearchService/SearchMessages": ("edge llm", "NEEDED"),
    "/parley.chat.v1.ShareService/GetSharedConversation": ("edge", "OPTIONAL"),
    "/parley.llm.v1.ErasureService/EraseUserData": ("edge auth", "NEEDED"),
    "/parley.llm.v1.GenerationService/Generate": ("edge chat", "NEEDED"),
    "/parley.llm.v1.GenerationService/ListModels": ("edge chat", "NEEDED"),
}


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


def of_chat(identity: Identity) -> Call:
    token = Delegation(identity.chat_key, CHAT).token(uuid4())
    return Call(("authorization", f"Bearer {token}"))


def without(identity: Identity) -> Call:
    return Call()


def test_methods_are_for_the_edge_with_a_token_but_for_those_that_are_named_here():
    others = {
        path: access for path, access in STATED.items() if access != ("edge", "NEEDED")
    }

    assert len(STATED) > 80
    assert others == SPECIAL


@pytest.mark.asvs("8.2.1")
@pytest.mark.parametrize("method", STATED)
async def test_a_service_lets_in_exactly_whom_the_proto_of_a_method_names(
    identity: Identity, method: str
):
    """With each token that there is: the mesh is tested against the same table."""
    callers, token = STATED[method]
    named = set(callers.split())
    part = method.split(".")[1]
    trusted = {"chat": identity.trusted_by_chat, "llm": identity.trusted}
    authenticate = bearer(identity.verifier(trusted=trusted.get(part, {})))
    wanted = {
        without: token != "NEEDED",
        own: token == "NONE" or bool(named & {"edge", "auth"}),
        # Signed for llm, and for chat: nobody else takes them.
        of_chat: token == "NONE" or (part == "llm" and "chat" in named),
        of_llm: token == "NONE" or (part == "chat" and "llm" in named),
    }

    let_in = {}
    for call in wanted:
        try:
            await authenticate(method, call(identity))
        except (Forbidden, Unauthenticated):
            let_in[call] = False
        else:
            let_in[call] = True

    assert let_in == wanted


@pytest.mark.asvs("16.5.3")
@pytest.mark.parametrize(
    "access",
    [
        Access(token=Access.TOKEN_NONE),
        Access(token=Access.TOKEN_OPTIONAL),
        Access(callers=[Access.CALLER_LLM], token=Access.TOKEN_OPTIONAL),
        Access(callers=[Access.CALLER_EDGE]),
    ],
)
def test_nobody_comes_without_a_token_by_a_mistake_of_a_proto(
    access: access_pb2.Access,
):
    assert not admits_without_token(access)


@pytest.mark.asvs("8.2.1")
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
    for method in (SEARCH, HOLD):
        with pytest.raises(Unauthenticated):
            await authenticate(method, Call())
    with pytest.raises(Forbidden):
        await authenticate("/nothing", Call())


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
