"""Access tokens, as every service verifies them."""

import asyncio
import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import pytest

from services.kit.caller import (
    KEYS_SECONDS,
    AuthUnavailable,
    TokenRevoked,
    Unauthenticated,
    Verifier,
)
from services.kit.jwk import Jwk
from services.kit.revocations import Revocations, Revoked
from tests.forgeries.corpus import compact, corpus, es256
from tests.identity import KID, Identity

USER = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")


@pytest.fixture
def identity() -> Identity:
    """Who signs."""
    return Identity()


@pytest.mark.asvs("9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3")
async def test_no_forgery_is_let_in(identity: Identity):
    verifier = identity.verifier()
    header = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
    forgeries = corpus(identity.key, header, identity.claims(USER))
    let_in = []

    for name, forgery in forgeries.items():
        try:
            await verifier.verify(forgery)
        except Unauthenticated:
            continue
        let_in.append(name)

    assert let_in == []
    assert len(forgeries) > 130


async def test_what_the_corpus_is_made_of_is_good(identity: Identity):
    """Or else the refusals of the last test would prove nothing."""
    header = {"alg": "ES256", "typ": "at+jwt", "kid": KID}
    genuine = compact(header, identity.claims(USER), es256(identity.key))

    assert (await identity.verifier().verify(genuine)).user_id == USER


@pytest.mark.asvs("10.3.3")
async def test_a_good_token_names_its_user_and_session(identity: Identity):
    claims = identity.claims(USER)

    caller = await identity.verifier().verify(identity.sign(claims))

    assert caller.user_id == USER
    assert str(caller.session_id) == claims["sid"]


async def test_keys_are_fetched_once_for_many_tokens(identity: Identity):
    verifier = identity.verifier()

    for _ in range(20):
        await verifier.verify(identity.token(USER))

    assert identity.fetches == 1


async def test_unknown_keys_do_not_make_every_token_a_fetch(identity: Identity):
    verifier = identity.verifier()
    await verifier.verify(identity.token(USER))

    for _ in range(20):
        with pytest.raises(Unauthenticated):
            await verifier.verify(
                identity.sign(identity.claims(USER), header={"kid": str(uuid4())})
            )

    assert identity.fetches == 1


@pytest.mark.asvs("9.2.1")
async def test_a_token_that_was_good_is_refused_once_it_expired(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
):
    verifier = identity.verifier()
    token = identity.token(USER)
    await verifier.verify(token)

    monkeypatch.setattr("services.kit.caller.time", lambda: time.time() + 310)

    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


async def test_what_a_withdrawn_key_signed_is_refused_whatever_it_says_of_its_end(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
):
    published = [identity.jwk]

    async def fetch() -> list[Jwk]:
        return published

    verifier = Verifier(fetch)
    token = identity.sign(identity.claims(USER) | {"exp": int(time.time()) + 599})
    await verifier.verify(token)
    published.clear()

    for clock in ("time", "monotonic"):
        now = getattr(time, clock)
        monkeypatch.setattr(
            f"services.kit.caller.{clock}", lambda now=now: now() + KEYS_SECONDS + 1
        )

    with pytest.raises(Unauthenticated):
        await verifier.verify(token)


@pytest.mark.asvs("16.5.3")
async def test_without_keys_nobody_is_let_in_and_the_caller_may_try_again():
    async def away() -> list[Jwk]:
        raise AuthUnavailable(part="auth")

    with pytest.raises(AuthUnavailable):
        await Verifier(away).verify(Identity().token(USER))


@pytest.mark.asvs("9.1.3")
async def test_a_key_that_is_heard_of_as_revoked_while_a_token_is_looked_at_is_not_good(
    identity: Identity,
):
    """At the start, when a replica of auth has not heard of it."""
    asked, revocations = asyncio.Event(), Revocations(known=False)

    async def fetch() -> Sequence[Jwk]:
        asked.set()
        return await identity.fetch()

    verifier = Verifier(fetch, revocations=revocations)
    token = identity.token(USER)
    verifying = asyncio.create_task(verifier.verify(token))
    await asked.wait()

    revocations.add(Revoked("signing_key", identity.jwk["kid"]))
    revocations.complete()

    with pytest.raises(TokenRevoked):
        await verifying
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)
