"""
F26: issuers, browsers and networks that mean harm.

Whatever they do, the person is refused with a typed error, there is no session, no user
and no link, and the audit says what did not hold. `tests/auth/identities/
test_identities.py` shows that the same trips go well when nobody bends anything.
"""

import asyncio
import hmac
import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import jwt
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from services.auth.identities.identities import Identities
from services.auth.identities.model import (
    IdentityFlowEnded,
    IdentityProviderUnavailable,
    IdentityRefused,
    next_path,
)
from services.kit.errors import InvalidField
from services.kit.postgres import Database
from tests.auth.conftest import Clock
from tests.auth.identities.conftest import Heard, Open, Tab, rows
from tests.auth.identities.registrations import registered
from tests.doubles.hostile_issuer import CLIENT, SECRET, HostileIssuer, Json

Bend = Callable[[HostileIssuer], None]


def saying(**claims: Any) -> Bend:
    """Have the ID token say something else; None leaves a claim out."""

    def bent(found: Json) -> Json:
        said = {**found, **claims}
        return {name: value for name, value in said.items() if value is not None}

    def bend(issuer: HostileIssuer) -> None:
        issuer.claims = bent

    return bend


def headed(**header: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.header = lambda found: {**found, **header}

    return bend


def described(**metadata: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.metadata = lambda found: {
            name: value.format(url=issuer.url) if isinstance(value, str) else value
            for name, value in {**found, **metadata}.items()
        }

    return bend


def handing_out(**tokens: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.tokens = lambda found: {
            name: value
            for name, value in {**found, **tokens}.items()
            if value is not None
        }

    return bend


def publishing(*keys: Json) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.jwks = lambda _: {"keys": list(keys)}

    return bend


def answering(path: str, **response: Any) -> Bend:
    async def answer(_: web.Request) -> web.StreamResponse:
        return web.Response(**response)

    def bend(issuer: HostileIssuer) -> None:
        issuer.answers[path] = answer

    return bend


def slow(path: str) -> Bend:
    async def answer(_: web.Request) -> web.StreamResponse:
        await asyncio.Event().wait()
        raise AssertionError

    def bend(issuer: HostileIssuer) -> None:
        issuer.answers[path] = answer

    return bend


def signing(sign: Callable[[HostileIssuer, Json, Json], str]) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.sign = lambda claims, header: sign(issuer, claims, header)

    return bend


def by_key(key: Any, algorithm: str) -> Bend:
    return signing(
        lambda _, claims, header: jwt.encode(
            claims, key, algorithm, {**header, "alg": algorithm}
        )
    )


def unsigned(_: HostileIssuer, claims: Json, header: Json) -> str:
    return jwt.encode(claims, None, "none", {**header, "alg": "none"})  # type: ignore[arg-type]


def signed_with_the_public_key(
    issuer: HostileIssuer, claims: Json, header: Json
) -> str:
    """HMAC with what everybody knows; by hand, as PyJWT refuses to."""
    pem = issuer.key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    parts = [{**header, "alg": "HS256"}, claims]
    text = b".".join(
        urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in parts
    )
    signature = urlsafe_b64encode(hmac.digest(pem, text, "sha256")).rstrip(b"=")
    return (text + b"." + signature).decode()


def tampered(issuer: HostileIssuer, claims: Json, header: Json) -> str:
    start, _, signature = issuer.signed(claims, header).rpartition(".")
    other = issuer.signed({**claims, "sub": "the victim"}, header).rpartition(".")[0]
    assert other != start
    return f"{other}.{signature}"


def without_email(bend: Bend) -> Bend:
    """Have the ID token hold no address, so that `/userinfo` is asked."""

    def both(issuer: HostileIssuer) -> None:
        saying(email=None)(issuer)
        bend(issuer)

    return both


def userinfo(**claims: Any) -> Bend:
    def bend(issuer: HostileIssuer) -> None:
        issuer.userinfo = lambda found: {**found, **claims}

    return bend


to_jwk = jwt.algorithms.RSAAlgorithm.to_jwk
STRANGER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
NOW = int(time.time())
LATER = 10**10
HUGE = b'{"keys": ["' + b"x" * 300_000 + b'"]}'
DEEP = b"[" * 100_000 + b"]" * 100_000
MIXED = "https://other.example"

ID_TOKENS: dict[str, Bend] = {
    "no nonce": saying(nonce=None),
    "another nonce": saying(nonce="another"),
    "an empty nonce": saying(nonce=""),
    "a nonce that is a list": saying(nonce=["x"]),
    "another issuer": saying(iss="https://accounts.google.com"),
    "an issuer with a slash more": lambda issuer: saying(iss=f"{issuer.url}/")(issuer),
    "no issuer": saying(iss=None),
    "another audience": saying(aud="another client"),
    "no audience": saying(aud=None),
    "an empty audience": saying(aud=[]),
    "two audiences and no azp": saying(aud=[CLIENT, "another client"]),
    "two audiences and another azp": saying(
        aud=[CLIENT, "another client"], azp="another client"
    ),
    "one audience and another azp": saying(azp="another client"),
    "no expiry": saying(exp=None),
    "expired": saying(exp=NOW - 3600, iat=NOW - 7200),
    "issued in the future": saying(iat=LATER - 300, exp=LATER),
    "not valid yet": saying(nbf=LATER),
    "issued before the sign-in": saying(iat=NOW - 3600),
    "no time of issue": saying(iat=None),
    "a time of issue that is none": saying(iat="yesterday"),
    "no subject": saying(sub=None),
    "an empty subject": saying(sub=""),
    "a subject that is a number": saying(sub=7),
    "a subject that is too long": saying(sub="x" * 256),
    "a subject with a zero in it": saying(sub="ada\0"),
    "a subject that is not ASCII": saying(sub="аda"),  # noqa: RUF001 - that is the point
    "half a surrogate in the nonce": saying(nonce="\ud800"),
    "another access token's hash": saying(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "an access token's hash that is none": saying(at_hash=7),
    "no signature": signing(unsigned),
    "HS256 with the client's secret": by_key(SECRET * 2, "HS256"),
    "HS256 with the public key": signing(signed_with_the_public_key),
    "an algorithm that is not allowed": by_key(STRANGER, "RS512"),
    "a stranger's key": by_key(STRANGER, "RS256"),
    "another algorithm than the key's": by_key(CURVE, "ES256"),
    "another algorithm with the same key": lambda issuer: by_key(issuer.key, "PS256")(
        issuer
    ),
    "a key that nobody published": headed(kid="two"),
    "a path in the key's ID": headed(kid="../../etc/passwd"),
    "its own key in the header": signing(
        lambda _, claims, header: jwt.encode(
            claims,
            STRANGER,
            "RS256",
            {**header, "jwk": to_jwk(STRANGER.public_key(), as_dict=True)},
        )
    ),
    "a critical extension": headed(crit=["exp"]),
    "an access token's type": headed(typ="at+jwt"),
    "a logout token's type": headed(typ="logout+jwt"),
    "a signature over something else": signing(tampered),
    "no token at all": handing_out(id_token=None),
    "a token that is an object": handing_out(id_token={"sub": "x"}),
    "a token that is none": handing_out(id_token="a.b.c"),
    "a token of five parts": handing_out(id_token="a.b.c.d.e"),
    "a token of a megabyte": handing_out(id_token="a." + "x" * 200_000 + ".c"),
    "no access token": handing_out(access_token=None),
    "another type of access token": handing_out(token_type="mac"),
}
KEYS: dict[str, Bend] = {
    "no keys": publishing(),
    "keys that are secrets": publishing({"kty": "oct", "k": "AQAB", "kid": "one"}),
    "a key to encrypt with": lambda issuer: publishing(
        {**issuer.public(), "use": "enc"}
    )(issuer),
    "a key of another algorithm": lambda issuer: publishing(
        {**issuer.public(), "alg": "PS256"}
    )(issuer),
    "two keys of one ID": lambda issuer: publishing(issuer.public(), issuer.public())(
        issuer
    ),
    "keys that are no list": lambda issuer: setattr(
        issuer, "jwks", lambda _: {"keys": "all"}
    ),
    "a key that is none": publishing({"kty": "RSA", "kid": "one", "n": "!", "e": "!"}),
    "too many keys": publishing(*[{"kty": "RSA", "kid": str(n)} for n in range(101)]),
    "the key was replaced": lambda issuer: publishing(
        {**issuer.public(), "kid": "the next"}
    )(issuer),
}

ANSWERS: dict[str, Bend] = {
    "the token endpoint sends elsewhere": answering(
        "/token", status=307, headers={"Location": "http://127.0.0.1:1/"}
    ),
    "the token endpoint says no": answering("/token", status=400, text="{}"),
    "the token endpoint says what is no JSON": answering("/token", text="<html>"),
    "the token endpoint says nothing": answering("/token", text=""),
    "the token endpoint says a list": answering("/token", text="[]"),
    "the token endpoint says NaN": answering("/token", text='{"access_token": NaN}'),
    "the token endpoint nests for ever": answering("/token", body=DEEP),
    "the token endpoint says too much": answering("/token", body=HUGE),
    "the keys are too many": answering("/jwks", body=HUGE),
    "the keys are elsewhere": answering(
        "/jwks", status=302, headers={"Location": "http://169.254.169.254/"}
    ),
    "the token comes compressed": answering(
        "/token", body=b"\x1f\x8b\x08", headers={"Content-Encoding": "gzip"}
    ),
    "userinfo of another": without_email(userinfo(sub="the victim")),
    "userinfo of nobody": without_email(userinfo(sub=None)),
    "userinfo sends elsewhere": without_email(
        answering("/userinfo", status=302, headers={"Location": "http://127.0.0.1:1/"})
    ),
    "userinfo is no JSON": without_email(answering("/userinfo", text="no")),
}


async def nothing_happened(database: Database, heard: Heard) -> list[dict[str, str]]:
    """See that there is nobody, and return what the audit says."""
    for table in ("users", "sessions", "identities", "sign_ins"):
        assert await rows(database, table) == 0, table
    assert all(event.outcome == "failure" for event in heard.events)
    return heard.refusals()


@pytest.mark.asvs("10.5.1", "10.5.2", "10.5.4", "9.1.1", "9.1.2", "9.1.3", "9.2.1")
@pytest.mark.parametrize("what", [*ID_TOKENS, *KEYS, *ANSWERS])
async def test_what_an_issuer_should_not_say_signs_nobody_in(
    what: str, tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    answer = issuer.authorize(await tab.leave())
    {**ID_TOKENS, **KEYS, **ANSWERS}[what](issuer)

    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)

    (refusal,) = await nothing_happened(database, heard)
    assert refusal["reason"] == "IDENTITY_REFUSED"
    assert refusal["provider"] == "issuer"
    assert refusal["check"]
    # The trip is over, also when nobody bends anything any more.
    with pytest.raises(IdentityFlowEnded):
        await tab.come_back(answer)


PLACES: dict[str, Bend] = {
    "another issuer": described(issuer="https://accounts.google.com"),
    "an issuer with a slash more": described(issuer="{url}/"),
    "no issuer": described(issuer=None),
    "a page elsewhere": described(authorization_endpoint="https://phishing.example/"),
    "a page that is a script": described(authorization_endpoint="javascript:alert(1)"),
    "no page": described(authorization_endpoint=None),
    "metadata elsewhere": answering(
        "/.well-known/openid-configuration",
        status=302,
        headers={"Location": "http://169.254.169.254/latest/meta-data"},
    ),
    "metadata that is no JSON": answering(
        "/.well-known/openid-configuration", text="<html>"
    ),
    "metadata of a megabyte": answering("/.well-known/openid-configuration", body=HUGE),
    "metadata that is missing": answering(
        "/.well-known/openid-configuration", status=404
    ),
}


@pytest.mark.asvs("10.5.3", "1.3.6", "13.2.4")
@pytest.mark.parametrize("what", PLACES)
async def test_nobody_is_sent_where_an_issuer_should_not_send_them(
    what: str, tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    PLACES[what](issuer)

    with pytest.raises(IdentityRefused):
        await tab.leave()

    await nothing_happened(database, heard)
    assert await rows(database, "identity_flows") == 0


INSIDE = [
    "http://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/token",
    "https://postgres-rw.parley-data.svc.cluster.local/",
    "http://127.0.0.1:6379/",
    "https://localhost/token",
    "https://[::1]/token",
    "https://user@issuer.example/token",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/",
    "//127.0.0.1/",
    "",
    7,
]


@pytest.mark.asvs("1.3.6", "13.2.4", "15.3.2")
@pytest.mark.parametrize("url", INSIDE)
@pytest.mark.parametrize("name", ["token_endpoint", "jwks_uri", "userinfo_endpoint"])
async def test_parley_asks_nobody_whom_an_issuer_names_elsewhere(
    name: str,
    url: Any,
    tab: Tab,
    issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    described(**{name: url})(issuer)
    saying(email=None)(issuer)
    answer = issuer.authorize(await tab.leave())

    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)

    (refusal,) = await nothing_happened(database, heard)
    assert name in refusal["check"]


@pytest.mark.asvs("10.5.3")
def test_an_issuer_that_is_not_encrypted_cannot_be_configured(issuer: HostileIssuer):
    fine = registered(issuer)
    assert not fine.allows("http://issuer.example/token")
    assert not fine.allows("https://issuer.example:8443/token")
    listed = registered(issuer, hosts=["issuer.example:8443"])
    assert listed.allows("https://issuer.example:8443/token")
    assert not listed.allows("http://issuer.example:8443/token")
    assert not listed.allows("https://issuer.example/token")


UNAVAILABLE: dict[str, Bend] = {
    "slow tokens": slow("/token"),
    "slow keys": slow("/jwks"),
    "slow userinfo": without_email(slow("/userinfo")),
    "tokens that fail": answering("/token", status=503),
}


@pytest.mark.asvs("16.5.2", "16.5.3", "13.1.2")
@pytest.mark.parametrize("what", UNAVAILABLE)
async def test_an_issuer_that_does_not_answer_signs_nobody_in(
    what: str, tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    answer = issuer.authorize(await tab.leave())
    UNAVAILABLE[what](issuer)

    with pytest.raises(IdentityProviderUnavailable):
        await tab.come_back(answer)

    (refusal,) = await nothing_happened(database, heard)
    assert refusal["reason"] == "IDENTITY_PROVIDER_UNAVAILABLE"


@pytest.mark.asvs("10.2.2")
@pytest.mark.parametrize("said", ["", MIXED, "the other's", "{url}/"])
async def test_the_answer_of_another_provider_is_refused(
    said: str,
    open_identities: Open,
    issuer: HostileIssuer,
    other_issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    tab = Tab(open_identities(registered(issuer), registered(other_issuer, id="other")))
    answer = issuer.authorize(await tab.leave())
    answer["issuer"] = said.format(url=issuer.url)
    if said == "the other's":
        answer["issuer"] = other_issuer.url

    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)

    (refusal,) = await nothing_happened(database, heard)
    assert refusal["check"] == "iss of the response"
    assert "/token" not in issuer.asked + other_issuer.asked


@pytest.mark.asvs("10.2.2", "10.5.3")
async def test_a_code_goes_to_the_issuer_that_the_browser_was_sent_to_alone(
    open_identities: Open,
    issuer: HostileIssuer,
    other_issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    """The other issuer mixes up: it has the person agree at the honest one."""
    other_issuer.metadata = lambda found: {
        **found,
        "authorization_response_iss_parameter_supported": False,
    }
    tab = Tab(open_identities(registered(issuer), registered(other_issuer, id="other")))
    url = await tab.leave("other")
    answer = issuer.authorize(url)

    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)

    await nothing_happened(database, heard)
    assert other_issuer.forms == []


def no_state(answer: Json) -> Json:
    return {**answer, "state": ""}


def another_state(answer: Json) -> Json:
    return {**answer, "state": "s" + "A" * 43}


def link_state(answer: Json) -> Json:
    return {**answer, "state": "l" + answer["state"][1:]}


@pytest.mark.asvs("10.1.2", "10.2.1")
@pytest.mark.parametrize("bent", [no_state, another_state, link_state])
async def test_a_state_that_is_not_this_browsers_is_refused(
    bent: Callable[[Json], Json],
    tab: Tab,
    issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    answer = issuer.authorize(await tab.leave())

    with pytest.raises(IdentityFlowEnded):
        await tab.come_back(bent(answer))

    await nothing_happened(database, heard)
    assert "/token" not in issuer.asked


@pytest.mark.asvs("10.1.2", "10.2.1", "3.5.1")
@pytest.mark.parametrize("cookie", [None, "", "A" * 43, "another"])
async def test_another_browser_is_refused_and_ends_nothing(
    cookie: str | None,
    identities: Identities,
    tab: Tab,
    issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    """Somebody sends a victim the link with which they themselves would come back."""
    answer = issuer.authorize(await tab.leave())
    victim = Tab(identities, cookie)
    if cookie == "another":
        await victim.leave()

    with pytest.raises(IdentityFlowEnded):
        await victim.come_back(answer)

    await nothing_happened(database, heard)
    assert "/token" not in issuer.asked
    assert (await tab.come_back(answer)).next == "/"


@pytest.mark.asvs("10.4.2", "6.5.1")
async def test_of_fifty_who_come_back_at_once_one_is_signed_in(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    answer = issuer.authorize(await tab.leave())

    came = await asyncio.gather(
        *(tab.come_back(answer) for _ in range(50)), return_exceptions=True
    )

    refused = [each for each in came if isinstance(each, IdentityFlowEnded)]
    assert len(refused) == 49
    assert await rows(database, "sessions") == 1
    assert issuer.asked.count("/token") == 1


@pytest.mark.asvs("10.4.2")
async def test_a_code_is_refused_the_second_time(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    """The issuer takes it once; a second trip with it comes to nothing."""
    first = issuer.authorize(await tab.leave())
    second = issuer.authorize(await tab.leave())
    await tab.come_back(first)

    with pytest.raises(IdentityRefused):
        await tab.come_back({**second, "code": first["code"]})

    assert await rows(database, "sessions") == 1


@pytest.mark.asvs("10.2.1", "10.4.6")
async def test_a_code_of_another_trip_is_refused_by_its_code_verifier(
    identities: Identities,
    tab: Tab,
    issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    """Code injection: a stolen code in the thief's own trip (RFC 7636)."""
    stolen = issuer.authorize(await tab.leave())
    thief = Tab(identities)
    own = issuer.authorize(await thief.leave())

    with pytest.raises(IdentityRefused):
        await thief.come_back({**own, "code": stolen["code"]})

    await nothing_happened(database, heard)
    assert issuer.forms[-1]["code_verifier"]


async def test_who_comes_back_too_late_is_refused(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard, clock: Clock
):
    answer = issuer.authorize(await tab.leave())
    clock.ahead = timedelta(minutes=10, seconds=1)

    with pytest.raises(IdentityFlowEnded):
        await tab.come_back(answer)

    await nothing_happened(database, heard)


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\r\nSet-Cookie: x",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/x/../../evil",
    "/" + "x" * 512,
    "evil.example",
    "/<script>",
]


@pytest.mark.asvs("3.7.2", "1.2.2")
@pytest.mark.parametrize("next", ELSEWHERE)
def test_the_way_on_never_leads_elsewhere(next: str):
    with pytest.raises(InvalidField):
        next_path(next)


def test_there_are_enough_cases():
    """Each of them refused: what docs/security.md says."""
    cases = len(ID_TOKENS) + len(KEYS) + len(ANSWERS) + len(PLACES) + len(UNAVAILABLE)
    assert cases + len(INSIDE) * 3 + len(ELSEWHERE) >= 120
