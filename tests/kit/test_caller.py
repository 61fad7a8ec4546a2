"""Access tokens, as every service verifies them."""

import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from uuid import UUID, uuid4

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from services.kit.caller import KEYS_SECONDS, AuthUnavailable, Unauthenticated, Verifier
from services.kit.jwk import Jwk
from tests.identity import KID, Identity

USER = UUID("0192f0c1-2d3e-7a4b-8c5d-6e7f80910a1b")
Forge = Callable[[Identity, dict[str, object]], str]


def without(claim: str) -> Forge:
    return lambda identity, claims: identity.sign(
        {name: value for name, value in claims.items() if name != claim}
    )


def changed(**changes: object) -> Forge:
    return lambda identity, claims: identity.sign({**claims, **changes})


def headed(**changes: object) -> Forge:
    return lambda identity, claims: identity.sign(claims, header=changes)


def unsigned(identity: Identity, claims: dict[str, object]) -> str:
    header = {"typ": "at+jwt", "kid": KID, "alg": "none"}
    return f"{encoded(header)}.{encoded(claims)}."


def signed_with_the_public_key(identity: Identity, claims: dict[str, object]) -> str:
    public = identity.key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    # Written by hand, for PyJWT refuses to do it.
    header = {"typ": "at+jwt", "kid": KID, "alg": "HS256"}
    signed = f"{encoded(header)}.{encoded(claims)}"
    mac = hmac.digest(public, signed.encode(), "sha256")
    return f"{signed}.{urlsafe_b64encode(mac).rstrip(b'=').decode()}"


def encoded(part: Mapping[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()


def signed_by_a_stranger(identity: Identity, claims: dict[str, object]) -> str:
    stranger = Identity()
    return stranger.sign(claims, header={"jwk": stranger.jwk})


def tampered(identity: Identity, claims: dict[str, object]) -> str:
    header, _, signature = identity.sign(claims).split(".")
    other = identity.sign({**claims, "sub": str(uuid4())}).split(".")[1]
    return ".".join((header, other, signature))


def nameless(identity: Identity, claims: dict[str, object]) -> str:
    return jwt.encode(claims, identity.key, "ES256", headers={"typ": "at+jwt"})


def with_another_curve(identity: Identity, claims: dict[str, object]) -> str:
    key = ec.generate_private_key(ec.SECP384R1())
    return jwt.encode(claims, key, "ES384", headers={"typ": "at+jwt", "kid": KID})


FORGERIES: dict[str, Forge] = {
    "empty": lambda *_: "",
    "not a token": lambda *_: "a.b.c",
    "huge": lambda *_: "x" * 100_000,
    "unsigned": unsigned,
    "signed with the public key as a secret": signed_with_the_public_key,
    "signed by a stranger, key enclosed": signed_by_a_stranger,
    "tampered with": tampered,
    "signed on another curve": with_another_curve,
    "without kid": nameless,
    "kid of another key": headed(kid="other"),
    "kid that is a path": headed(kid="../../../../dev/null"),
    "an id token": headed(typ="JWT"),
    "critical header": headed(crit=["exp"]),
    "expired": changed(exp=int(time.time()) - 4),
    "not valid yet": changed(nbf=int(time.time()) + 3_600),
    "issued in the future": changed(iat=int(time.time()) + 3_600),
    "for another audience": changed(aud="other"),
    "by another issuer": changed(iss="other"),
    "for nobody": changed(sub="root"),
    "of no session": changed(sid="7"),
    **{f"without {claim}": without(claim) for claim in ("exp", "iat", "iss", "aud")},
    **{f"without {claim}": without(claim) for claim in ("sub", "sid")},
}


@pytest.fixture
def identity() -> Identity:
    """Who signs."""
    return Identity()


@pytest.mark.asvs(
    "7.2.1", "8.3.1", "9.1.1", "9.1.2", "9.1.3", "9.2.1", "9.2.2", "9.2.3", "10.3.1"
)
@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES.keys())
async def test_a_forged_token_is_refused(identity: Identity, forge: Forge):
    token = forge(identity, identity.claims(USER))

    with pytest.raises(Unauthenticated):
        await identity.verifier().verify(token)


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
    token = identity.sign(identity.claims(USER) | {"exp": int(time.time()) + 10**8})
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
