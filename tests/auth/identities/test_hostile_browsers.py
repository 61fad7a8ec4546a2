"""F26: mixed-up, forged, foreign, late and repeated returns from a provider."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest

from services.auth.identities.identities import Identities
from services.auth.identities.model import IdentityFlowEnded, IdentityRefused
from services.kit.postgres import Database
from tests.auth.conftest import Clock
from tests.auth.identities.conftest import Heard, Open, Tab, nothing_happened, rows
from tests.auth.identities.registrations import registered
from tests.doubles.hostile_issuer import HostileIssuer, Json

MIXED = "https://other.example"


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


@pytest.mark.asvs("10.2.1")
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
