"""Signing in and linking by identity providers, when nobody means harm, or somebody."""

from typing import Any

import pytest

from services.auth.identities.model import (
    IdentityDeclined,
    IdentityEmailTaken,
    IdentityEmailUnverified,
    IdentityFlowEnded,
    IdentityNotAdmitted,
    IdentityProviderNotFound,
)
from services.auth.sessions.model import (
    Challenge,
    InvalidCredentials,
    SignedIn,
)
from services.auth.users.store import PostgresUsers
from services.kit.postgres import Database
from tests.auth.identities.conftest import Heard, Open, Tab, rows
from tests.auth.identities.people import signed_in, stored, user_of
from tests.auth.identities.registrations import registered
from tests.doubles.hostile_issuer import HostileIssuer


@pytest.mark.asvs("10.5.2", "6.8.1")
async def test_who_is_new_gets_an_account_without_a_password(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    answer = await signed_in(tab, issuer)

    user = await user_of(database, answer)
    assert user.email == "ada@issuer.example"
    assert user.email_verified_time
    assert user.password_hash is None
    assert list(answer.session.methods) == ["ext"]
    assert [event.action for event in heard.events][:1] == ["user.create"]
    assert await rows(database, "identity_flows") == 0


@pytest.mark.asvs("10.5.2", "6.8.1")
async def test_who_comes_again_is_the_same_whatever_their_address_is_now(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    first = await signed_in(tab, issuer)
    issuer.email = {"email": "another@issuer.example", "email_verified": False}

    again = await signed_in(tab, issuer)

    assert again.session.user_id == first.session.user_id
    assert (await user_of(database, again)).email == "ada@issuer.example"


@pytest.mark.asvs("10.5.2", "6.8.1")
async def test_another_subject_with_the_same_address_is_not_the_same_person(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    await signed_in(tab, issuer)
    issuer.subject = "who got the address after her"

    with pytest.raises(IdentityEmailTaken):
        await signed_in(tab, issuer)

    assert await rows(database, "identities") == 1


@pytest.mark.asvs("6.8.1", "10.5.2")
async def test_the_same_subject_at_another_issuer_is_somebody_else(
    open_identities: Open,
    issuer: HostileIssuer,
    other_issuer: HostileIssuer,
    database: Database,
):
    both = open_identities(registered(issuer), registered(other_issuer, id="other"))
    tab = Tab(both)
    first = await signed_in(tab, issuer)
    other_issuer.email = {"email": "eve@issuer.example", "email_verified": True}

    entered = await tab.come_back(other_issuer.authorize(await tab.leave("other")))

    assert isinstance(entered.answer, SignedIn)
    assert entered.answer.session.user_id != first.session.user_id


@pytest.mark.asvs("6.8.1", "7.5.1")
async def test_an_account_that_has_the_address_is_never_merged(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    """Pre-hijacking: whoever signed up first may not be who has the address."""
    planted = await stored(database, "Ada@issuer.example", hash="of the attacker")

    with pytest.raises(IdentityEmailTaken):
        await signed_in(tab, issuer)

    assert await rows(database, "identities") == 0
    assert await rows(database, "sessions") == 0
    user = await PostgresUsers(database).user(planted.id)
    assert user
    assert user.email_verified_time is None
    assert heard.refusals()[-1]["reason"] == "IDENTITY_EMAIL_TAKEN"


UNVERIFIED: list[dict[str, Any]] = [
    {"email": "victim@issuer.example", "email_verified": False},
    {"email": "victim@issuer.example", "email_verified": "true"},
    {"email": "victim@issuer.example", "email_verified": "false"},
    {"email": "victim@issuer.example", "email_verified": 1},
    {"email": "victim@issuer.example", "email_verified": None},
    {"email": "victim@issuer.example"},
    {"email": "no address", "email_verified": True},
    {"email": "victim@issuer.example\0", "email_verified": True},
    {"email": ["victim@issuer.example"], "email_verified": True},
    {"email": {"of": "victim"}, "email_verified": True},
    {"email_verified": True},
    {},
]


@pytest.mark.asvs("6.8.1")
@pytest.mark.parametrize("email", UNVERIFIED, ids=str)
async def test_an_address_that_nobody_vouches_for_begins_no_account(
    email: dict[str, Any],
    tab: Tab,
    issuer: HostileIssuer,
    database: Database,
    heard: Heard,
):
    issuer.email = email

    with pytest.raises(IdentityEmailUnverified):
        await signed_in(tab, issuer)

    assert await rows(database, "users") == 0
    assert heard.refusals()[-1]["reason"] == "IDENTITY_EMAIL_UNVERIFIED"


@pytest.mark.parametrize(
    "differently",
    [
        {"sign_up": False},
        {"sign_up": False, "trust_email": False},
        {"email_domains": ["other.example"]},
        {"email_domains": ["issuer.example.org"]},
        {"email_domains": ["x.issuer.example", "suer.example"]},
    ],
    ids=str,
)
async def test_nobody_new_comes_in_where_newcomers_may_not(
    differently: dict[str, Any],
    open_identities: Open,
    issuer: HostileIssuer,
    database: Database,
):
    tab = Tab(open_identities(registered(issuer, **differently)))

    with pytest.raises(IdentityNotAdmitted):
        await signed_in(tab, issuer)

    assert await rows(database, "users") == 0


async def test_an_untrusted_provider_does_not_tell_which_addresses_have_accounts(
    open_identities: Open, issuer: HostileIssuer, database: Database
):
    await stored(database, "ada@issuer.example")
    tab = Tab(open_identities(registered(issuer, trust_email=False, sign_up=False)))

    with pytest.raises(IdentityNotAdmitted):
        await signed_in(tab, issuer)


@pytest.mark.asvs("7.4.2")
async def test_who_is_disabled_stays_out(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    await signed_in(tab, issuer)
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET disabled_time = now()")

    with pytest.raises(InvalidCredentials):
        await signed_in(tab, issuer)

    assert await rows(database, "sessions") == 1


class Totp:
    """Everybody has an authenticator."""

    async def factors(self, user_id: object) -> frozenset[str]:
        return frozenset({"totp"})

    async def verify(
        self, user_id: object, proof: object, purpose: object
    ) -> str | None:
        return None


@pytest.mark.asvs("6.3.3")
async def test_a_second_factor_is_asked_for_after_a_provider_too(
    open_identities: Open, issuer: HostileIssuer, database: Database
):
    tab = Tab(open_identities(registered(issuer), factors=Totp()))

    entered = await tab.come_back(issuer.authorize(await tab.leave(next="/chat")))

    assert isinstance(entered.answer, Challenge)
    assert entered.next == "/chat"
    assert await rows(database, "sessions") == 0


@pytest.mark.asvs("16.3.1")
async def test_who_does_not_agree_is_told_kindly(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    answer = issuer.authorize(await tab.leave())

    with pytest.raises(IdentityDeclined) as declined:
        await tab.come_back({"state": answer["state"], "error": "access_denied"})

    assert declined.value.metadata == {"provider": "issuer", "error": "access_denied"}
    with pytest.raises(IdentityFlowEnded):
        await tab.come_back(answer)
    assert heard.refusals()[0]["reason"] == "IDENTITY_DECLINED"


async def test_an_error_that_is_a_text_of_somebody_is_not_said_again(
    tab: Tab, issuer: HostileIssuer
):
    answer = issuer.authorize(await tab.leave())

    with pytest.raises(IdentityDeclined) as declined:
        await tab.come_back({"state": answer["state"], "error": "<b>Call 555!</b>"})

    assert declined.value.metadata["error"] == "unknown"


async def test_two_tabs_of_a_browser_do_not_disturb_each_other(
    tab: Tab, issuer: HostileIssuer
):
    first = issuer.authorize(await tab.leave(next="/first"))
    second = issuer.authorize(await tab.leave(next="/second"))

    assert (await tab.come_back(second)).next == "/second"
    assert (await tab.come_back(first)).next == "/first"


async def test_a_provider_that_is_not_configured_is_not_found(tab: Tab):
    with pytest.raises(IdentityProviderNotFound):
        await tab.leave("nobody")


async def test_keys_that_were_replaced_are_asked_for_again(
    tab: Tab, issuer: HostileIssuer
):
    await signed_in(tab, issuer)
    issuer.kid = "two"

    await signed_in(tab, issuer)

    assert issuer.asked.count("/jwks") == 2
    assert issuer.asked.count("/.well-known/openid-configuration") == 1


@pytest.mark.asvs("1.3.3")
async def test_a_name_is_only_a_name(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    issuer.claims = lambda claims: {
        **claims,
        "name": "\u202e<img src=x onerror=alert(1)>\0\n" + "x" * 200,
    }

    user = await user_of(database, await signed_in(tab, issuer))

    assert user.display_name.startswith("<img src=x onerror=alert(1)>x")
    assert len(user.display_name) == 100
