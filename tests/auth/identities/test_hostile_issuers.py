"""
F26: issuers, browsers and networks that mean harm.

Whatever they do, the person is refused with a typed error, there is no session, no user
and no link, and the audit says what did not hold. `tests/auth/identities/
test_identities.py` shows that the same trips go well when nobody bends anything.
"""

from typing import Any

import pytest

from services.auth.identities.model import (
    IdentityFlowEnded,
    IdentityProviderUnavailable,
    IdentityRefused,
    next_path,
)
from services.kit.errors import InvalidField
from services.kit.postgres import Database
from tests.auth.identities.bending import (
    Bend,
    answering,
    described,
    saying,
    slow,
    without_email,
)
from tests.auth.identities.conftest import Heard, Tab, nothing_happened, rows
from tests.auth.identities.registrations import registered
from tests.auth.identities.wrong_tokens import ANSWERS, HUGE, ID_TOKENS, KEYS
from tests.doubles.hostile_issuer import HostileIssuer


@pytest.mark.asvs("6.8.2")
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


@pytest.mark.asvs("16.5.2", "16.5.3")
@pytest.mark.parametrize("what", UNAVAILABLE)
@pytest.mark.parametrize("fetch_seconds", [3.0])
async def test_an_issuer_that_does_not_answer_signs_nobody_in(
    what: str, tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    answer = issuer.authorize(await tab.leave())
    UNAVAILABLE[what](issuer)

    with pytest.raises(IdentityProviderUnavailable):
        await tab.come_back(answer)

    (refusal,) = await nothing_happened(database, heard)
    assert refusal["reason"] == "IDENTITY_PROVIDER_UNAVAILABLE"


ELSEWHERE = [
    "//evil.example",
    "https://evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/a\r\nSet-Cookie: x",
    "/\t/evil.example",
    "javascript:alert(1)",
    "/x/../../evil",
    "/.//evil.example",
    "/./x",
    "/x//evil.example",
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
