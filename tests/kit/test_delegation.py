"""The tokens with which a service calls another one on a user's behalf."""

import time
from collections.abc import Callable
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from services.kit import delegation
from services.kit.caller import AUTH, Unauthenticated, Verifier, delegate
from services.kit.delegation import Delegation
from services.kit.jwk import to_jwk
from tests.identity import CHAT, Identity

USER = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")
Claims = dict[str, object]


@pytest.fixture
def identity() -> Identity:
    """auth's key, and chat's."""
    return Identity()


@pytest.fixture
def chat(identity: Identity) -> Delegation:
    """chat, which signs for its users."""
    return Delegation(identity.chat_key, CHAT)


@pytest.fixture
def llm(identity: Identity) -> Verifier:
    """llm, which trusts auth and chat."""
    return identity.verifier(identity.trusted)


def signed(key: EllipticCurvePrivateKey, claims: Claims, **header: object) -> str:
    headers = {"typ": "at+jwt", "kid": to_jwk(key)["kid"], **header}
    return jwt.encode(claims, key, "ES256", headers)


def claims_of(token: str) -> Claims:
    return jwt.decode(token, options={"verify_signature": False})


async def test_a_service_speaks_for_a_user_who_has_no_session(
    chat: Delegation, llm: Verifier
):
    caller = await llm.verify(chat.token(USER))

    assert caller.user_id == USER
    assert caller.session_id is None


async def test_a_token_says_the_groups_that_its_user_is_in(
    chat: Delegation, llm: Verifier
):
    sales, legal = uuid4(), uuid4()

    both = await llm.verify(chat.token(USER, frozenset({sales, legal})))
    one = await llm.verify(chat.token(USER, frozenset({sales})))
    none = await llm.verify(chat.token(USER))

    assert both.groups == {sales, legal}
    assert one.groups == {sales}
    assert none.groups == frozenset()
    assert "groups" not in claims_of(chat.token(USER))
    assert chat.token(USER, frozenset({sales, legal})) == both.token


def test_a_token_says_who_acts_for_whom_and_for_how_long(
    chat: Delegation, identity: Identity
):
    token = chat.token(USER)

    claims = claims_of(token)
    now = int(time.time())
    assert claims == {
        "iss": "parley-chat",
        "aud": "parley-llm",
        "sub": str(USER),
        "act": {"sub": "chat"},
        "iat": pytest.approx(now, abs=5),
        "exp": pytest.approx(now + 60, abs=5),
    }
    assert jwt.get_unverified_header(token) == {
        "alg": "ES256",
        "typ": "at+jwt",
        "kid": to_jwk(identity.chat_key)["kid"],
    }


async def test_a_user_is_let_in_with_a_token_of_their_own_all_the_same(
    identity: Identity, llm: Verifier
):
    caller = await llm.verify(identity.token(USER))

    assert caller.user_id == USER
    assert caller.session_id


@pytest.mark.asvs("9.2.3")
async def test_neither_auth_nor_chat_let_such_a_token_in(
    identity: Identity, chat: Delegation
):
    with pytest.raises(Unauthenticated):
        await identity.verifier().verify(chat.token(USER))


@pytest.mark.asvs("9.2.4")
async def test_another_service_does_not_trust_the_key_for_llm(
    identity: Identity, chat: Delegation
):
    jwks = [to_jwk(identity.chat_key)]
    documents = identity.verifier({delegate("chat", to="documents"): jwks})

    with pytest.raises(Unauthenticated):
        await documents.verify(chat.token(USER))


NOW = int(time.time())
FORGERIES: dict[str, Callable[[Claims], Claims]] = {
    "as auth": lambda claims: {**claims, "iss": AUTH.name},
    "as auth, for everybody": lambda claims: {
        **claims,
        "iss": AUTH.name,
        "aud": AUTH.audience,
        "sid": str(uuid4()),
        "scope": "tools",
        "auth_time": NOW,
        "ver": 1,
    },
    "as another service": lambda claims: {**claims, "iss": "parley-auth"},
    "for everybody": lambda claims: {**claims, "aud": AUTH.audience},
    "for nobody": lambda claims: without(claims, "aud"),
    "expired": lambda claims: {**claims, "exp": NOW - 4},
    "without end": lambda claims: without(claims, "exp"),
    "issued in the future": lambda claims: {**claims, "iat": NOW + 86_400},
    "nobody acts": lambda claims: without(claims, "act"),
    "somebody else acts": lambda claims: {**claims, "act": {"sub": "web"}},
    "the act is no object": lambda claims: {**claims, "act": "chat"},
    "no user": lambda claims: without(claims, "sub"),
    "a user that is none": lambda claims: {**claims, "sub": "admin"},
}


def without(claims: Claims, name: str) -> Claims:
    return {key: value for key, value in claims.items() if key != name}


@pytest.mark.asvs("9.1.3", "9.2.2")
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_chats_key_signs_nothing_else(
    identity: Identity,
    chat: Delegation,
    llm: Verifier,
    forge: Callable[[Claims], Claims],
):
    good = claims_of(chat.token(USER))
    assert await llm.verify(signed(identity.chat_key, good))

    with pytest.raises(Unauthenticated):
        await llm.verify(signed(identity.chat_key, forge(good)))


async def test_auths_key_does_not_sign_for_chat(
    identity: Identity, chat: Delegation, llm: Verifier
):
    claims = claims_of(chat.token(USER))

    with pytest.raises(Unauthenticated):
        await llm.verify(identity.sign(claims))


async def test_a_strangers_key_does_not_pass_for_chats(
    identity: Identity, chat: Delegation, llm: Verifier
):
    stranger = ec.generate_private_key(ec.SECP256R1())
    claims, kid = claims_of(chat.token(USER)), to_jwk(identity.chat_key)["kid"]

    for header in ({}, {"kid": kid}, {"jwk": to_jwk(stranger)}):
        with pytest.raises(Unauthenticated):
            await llm.verify(signed(stranger, claims, **header))


async def test_chats_key_does_not_pass_for_auths_under_its_name(
    identity: Identity, llm: Verifier
):
    for kid in (identity.jwk["kid"], to_jwk(identity.chat_key)["kid"]):
        with pytest.raises(Unauthenticated):
            await llm.verify(signed(identity.chat_key, identity.claims(USER), kid=kid))


async def test_llm_needs_nothing_of_auth_for_chats_calls(
    identity: Identity, chat: Delegation, llm: Verifier
):
    await llm.verify(chat.token(USER))

    assert identity.fetches == 0


def test_a_busy_user_costs_one_signature_in_half_a_minute(
    chat: Delegation, monkeypatch: pytest.MonkeyPatch
):
    first, other = chat.token(USER), chat.token(uuid4())
    assert chat.token(USER) == first
    assert other != first
    later = time.monotonic() + 31

    monkeypatch.setattr(delegation, "monotonic", lambda: later)

    assert chat.token(USER) != first


def test_the_users_whose_token_is_kept_are_bounded(
    chat: Delegation, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(delegation, "REMEMBERED", 2)
    first = chat.token(USER)

    chat.token(uuid4())
    assert chat.token(USER) == first
    chat.token(uuid4())

    assert chat.token(USER) != first
