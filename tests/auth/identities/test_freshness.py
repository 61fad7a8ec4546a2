"""Whether who comes by a provider has just shown who they are (ASVS 6.8.4)."""

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from services.auth.identities.model import (
    IdentityMismatch,
    IdentityNotRenewed,
    IdentityRefused,
    Provider,
    ProviderKind,
)
from services.auth.joining.elsewhere import warn_of_dead_ends
from services.auth.sessions.model import IDLE, NEVER, SignedIn
from services.kit.clock import utc_now
from services.kit.postgres import Database
from tests.auth.identities.conftest import Heard, Open, Tab, rows
from tests.auth.identities.people import signed_in
from tests.auth.identities.registrations import at_github, registered
from tests.doubles.github_server import GitHubServer
from tests.doubles.hostile_issuer import HostileIssuer

HOUR = 3_600


def saying(issuer: HostileIssuer, auth_time: object) -> None:
    issuer.claims = lambda claims: {**claims, "auth_time": auth_time}


def max_age(url: str) -> list[str]:
    return parse_qs(urlsplit(url).query).get("max_age", [])


@pytest.mark.asvs("6.8.4")
async def test_a_session_is_as_old_as_the_provider_says(
    tab: Tab, issuer: HostileIssuer
):
    then = int(time.time()) - HOUR
    saying(issuer, then)

    answer = await signed_in(tab, issuer)

    assert answer.session.auth_time == datetime.fromtimestamp(then, UTC)


async def test_a_clock_that_is_ahead_makes_nobody_fresh_for_longer(
    tab: Tab, issuer: HostileIssuer
):
    saying(issuer, int(time.time()) + 30)

    answer = await signed_in(tab, issuer)

    assert answer.session.auth_time <= utc_now()


@pytest.mark.asvs("6.8.4")
async def test_who_comes_from_a_provider_that_does_not_say_has_shown_nothing(
    tab: Tab, issuer: HostileIssuer
):
    assert (await signed_in(tab, issuer)).session.auth_time == NEVER


@pytest.mark.asvs("6.8.4")
async def test_what_a_provider_does_not_say_is_assumed_if_the_configuration_has_it_so(
    open_identities: Open, issuer: HostileIssuer
):
    tab = Tab(open_identities(registered(issuer, assume_fresh=True)))
    before = utc_now()

    assert (await signed_in(tab, issuer)).session.auth_time >= before
    then = int(time.time()) - HOUR
    saying(issuer, then)
    again = await signed_in(tab, issuer)
    assert again.session.auth_time == datetime.fromtimestamp(then, UTC), "it does say"


async def test_a_provider_is_asked_for_no_older_sign_in_than_a_session_may_be(
    tab: Tab,
):
    assert max_age(await tab.leave()) == [str(int(IDLE.total_seconds()))]
    assert max_age(await tab.leave(anew=True)) == ["0"]


async def test_github_is_asked_for_nothing_that_it_does_not_know(
    open_identities: Open, github: GitHubServer
):
    tab = Tab(open_identities(at_github(github)))

    assert max_age(await tab.leave("github", anew=True)) == []


async def sessions(database: Database) -> set[UUID]:
    async with database.transaction() as connection:
        found = await connection.execute("SELECT id FROM sessions")
        return {id for (id,) in await found.fetchall()}


@pytest.mark.asvs("6.8.4", "7.2.4")
async def test_who_shows_there_anew_who_they_are_goes_on_with_a_session_that_says_so(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    ada = await signed_in(tab, issuer)
    before = int(time.time())
    saying(issuer, before)

    answer = issuer.authorize(await tab.leave(anew=True))
    entered = await tab.come_back(answer, signed_in=ada)

    assert isinstance(entered.answer, SignedIn)
    assert entered.answer.session.auth_time.timestamp() == before
    assert await sessions(database) == {entered.answer.session.id}
    assert entered.answer.session.id != ada.session.id


@pytest.mark.parametrize("somebody", ["of whom nothing is known", "who is here, too"])
async def test_somebody_else_there_is_not_taken_for_who_is_signed_in_here(
    somebody: str, tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    ada = await signed_in(tab, issuer)
    issuer.subject, issuer.email = "another", {**issuer.email, "email": "eve@a.example"}
    if somebody == "who is here, too":
        await signed_in(Tab(tab.identities), issuer)
    people, before = await rows(database, "users"), await sessions(database)
    saying(issuer, int(time.time()))

    answer = issuer.authorize(await tab.leave(anew=True))
    with pytest.raises(IdentityMismatch):
        await tab.come_back(answer, signed_in=ada)

    assert await rows(database, "users") == people
    assert await sessions(database) == before
    assert heard.refusals()[-1]["reason"] == "IDENTITY_MISMATCH"


async def test_without_a_session_there_is_nothing_to_show_anew(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    ada = await signed_in(tab, issuer)
    saying(issuer, int(time.time()))

    answer = issuer.authorize(await tab.leave(anew=True))
    with pytest.raises(IdentityMismatch):
        await tab.come_back(answer)

    assert await sessions(database) == {ada.session.id}


@pytest.mark.asvs("6.8.4")
@pytest.mark.parametrize("ago", [None, HOUR])
async def test_a_provider_that_did_not_ask_anew_has_shown_nothing(
    ago: int | None, tab: Tab, issuer: HostileIssuer, database: Database
):
    ada = await signed_in(tab, issuer)
    if ago:
        saying(issuer, int(time.time()) - ago)

    answer = issuer.authorize(await tab.leave(anew=True))
    with pytest.raises(IdentityNotRenewed):
        await tab.come_back(answer, signed_in=ada)

    assert await sessions(database) == {ada.session.id}


WRONG: list[Any] = ["1700000000", True, -1, [1], {}, float("inf"), 10**30]


@pytest.mark.parametrize("wrong", [*WRONG, "soon"], ids=str)
async def test_a_time_that_can_be_none_is_refused(
    wrong: object, tab: Tab, issuer: HostileIssuer, heard: Heard
):
    saying(issuer, int(time.time()) + HOUR if wrong == "soon" else wrong)
    answer = issuer.authorize(await tab.leave())

    with pytest.raises(IdentityRefused):
        await tab.come_back(answer)

    assert [each["check"] for each in heard.refusals()] == ["ID token: auth_time"]


def test_whose_newcomers_could_show_nothing_without_mail_is_said_at_the_start(
    caplog: pytest.LogCaptureFixture,
):
    def provider(kind: ProviderKind, **more: bool) -> Provider:
        return Provider(
            id=f"{kind}-{len(more)}",
            kind=kind,
            display_name="Somewhere",
            **{"sign_up": True, "trust_email": True, **more},
            email_domains=frozenset(),
        )

    warn_of_dead_ends(
        [
            provider("oidc"),
            provider("github"),
            provider("google", assume_fresh=True),
            provider("google", sign_up=False, trust_email=False),
        ]
    )

    assert [vars(record)["provider"] for record in caplog.records] == ["github-0"]
