"""Signing in and linking by identity providers, when nobody means harm, or somebody."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.auth.identities.identities import Identities
from services.auth.identities.model import (
    MAX_IDENTITIES,
    IdentityDeclined,
    IdentityEmailTaken,
    IdentityEmailUnverified,
    IdentityFlowEnded,
    IdentityNotAdmitted,
    IdentityProviderNotFound,
    IdentityRefused,
    IdentityTaken,
    LastWayIn,
    TooManyIdentities,
)
from services.auth.sessions.model import (
    Challenge,
    InvalidCredentials,
    SignedIn,
)
from services.auth.users import store as users_store
from services.auth.users.emails import EmailAddress
from services.auth.users.model import User
from services.auth.users.store import PostgresUsers
from services.kit.clock import utc_now
from services.kit.pages import Page
from services.kit.postgres import Database
from tests.auth.identities.conftest import HERE, Heard, Open, Tab, rows
from tests.auth.identities.registrations import at_github, registered
from tests.doubles.github_server import GitHubServer
from tests.doubles.hostile_issuer import HostileIssuer

ALL = Page(50, None)


async def stored(database: Database, email: str, *, hash: str | None = "x") -> User:
    """Store somebody who signed up with an address and a password."""
    address = EmailAddress.require(email, "email")
    user = User(
        id=uuid4(),
        email=address.text,
        email_key=address.key,
        display_name=address.local_part,
        password_hash=hash,
        create_time=utc_now(),
    )
    async with database.transaction() as connection:
        assert await users_store.add(connection, user, request_id=None)
    return user


async def signed_in(tab: Tab, issuer: HostileIssuer) -> SignedIn:
    entered = await tab.come_back(issuer.authorize(await tab.leave()))
    assert isinstance(entered.answer, SignedIn)
    return entered.answer


async def user_of(database: Database, signed_in: SignedIn) -> User:
    user = await PostgresUsers(database).user(signed_in.session.user_id)
    assert user
    return user


@pytest.mark.asvs("10.2.1", "10.5.1", "10.5.2", "6.8.1")
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


@pytest.mark.asvs("10.3.3", "10.5.2", "6.8.1")
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


@pytest.mark.asvs("6.8.1", "10.3.3", "7.5.1")
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


@pytest.mark.asvs("6.8.1", "10.3.3")
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

    async def verify(self, user_id: object, proof: object) -> str | None:
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


@pytest.mark.asvs("1.2.1", "1.3.1")
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


@pytest.mark.asvs("7.5.1", "6.8.1")
async def test_a_user_links_an_identity_and_then_comes_in_by_it(
    tab: Tab, issuer: HostileIssuer, database: Database, heard: Heard
):
    user = await stored(database, "somebody@else.example")
    issuer.email = {"email": "unverified@issuer.example", "email_verified": False}

    answer = issuer.authorize(await tab.leave_to_link(user.id))
    identity = await tab.link(user.id, answer)

    assert identity.user_id == user.id
    assert identity.label == "unverified@issuer.example"
    assert heard.events[-1].action == "identity.link"
    assert heard.mails == [("credential_changed", user.email)]
    assert (await signed_in(tab, issuer)).session.user_id == user.id
    # Once more changes nothing.
    answer = issuer.authorize(await tab.leave_to_link(user.id))
    assert (await tab.link(user.id, answer)).id == identity.id


@pytest.mark.asvs("7.5.1", "10.2.1")
async def test_another_user_cannot_finish_what_one_began(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    """Forced linking: the victim's browser is made to finish the attacker's trip."""
    user = await stored(database, "ada@here.example")
    victim = await stored(database, "victim@here.example")
    answer = issuer.authorize(await tab.leave_to_link(user.id))

    with pytest.raises(IdentityFlowEnded):
        await tab.link(victim.id, answer)
    answer = issuer.authorize(await tab.leave())
    with pytest.raises(IdentityFlowEnded):
        await tab.link(victim.id, answer)
    answer = issuer.authorize(await tab.leave_to_link(user.id))
    with pytest.raises(IdentityFlowEnded):
        await tab.come_back(answer)

    assert await rows(database, "identities") == 0
    assert await rows(database, "sessions") == 0


async def test_an_identity_belongs_to_one_user(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    await signed_in(tab, issuer)
    other = await stored(database, "other@here.example")

    answer = issuer.authorize(await tab.leave_to_link(other.id))
    with pytest.raises(IdentityTaken):
        await tab.link(other.id, answer)


async def test_a_user_has_so_many_identities_and_no_more(
    tab: Tab, issuer: HostileIssuer, database: Database
):
    user = await stored(database, "ada@here.example")

    for number in range(MAX_IDENTITIES):
        issuer.subject = f"subject {number}"
        await tab.link(user.id, issuer.authorize(await tab.leave_to_link(user.id)))
    issuer.subject = "one more"
    answer = issuer.authorize(await tab.leave_to_link(user.id))
    with pytest.raises(TooManyIdentities):
        await tab.link(user.id, answer)

    assert await rows(database, "identities") == MAX_IDENTITIES


async def unlink(identities: Identities, user_id: UUID) -> None:
    for identity in await identities.list(user_id, ALL):
        await identities.delete(user_id, identity.id, client=HERE)


async def test_the_last_way_in_stays(
    tab: Tab, issuer: HostileIssuer, identities: Identities, database: Database
):
    user_id = (await signed_in(tab, issuer)).session.user_id

    with pytest.raises(LastWayIn):
        await unlink(identities, user_id)

    assert await rows(database, "identities") == 1


async def test_of_two_that_are_unlinked_at_once_one_stays(
    tab: Tab, issuer: HostileIssuer, identities: Identities, database: Database
):
    user_id = (await signed_in(tab, issuer)).session.user_id
    issuer.subject = "another"
    await tab.link(user_id, issuer.authorize(await tab.leave_to_link(user_id)))
    both = await identities.list(user_id, ALL)

    done = await asyncio.gather(
        *(identities.delete(user_id, each.id, client=HERE) for each in both),
        return_exceptions=True,
    )

    assert sum(isinstance(each, LastWayIn) for each in done) == 1
    assert await rows(database, "identities") == 1


async def test_an_identity_of_a_provider_that_is_gone_is_no_way_in(
    open_identities: Open, issuer: HostileIssuer, other_issuer: HostileIssuer
):
    both = open_identities(registered(issuer), registered(other_issuer, id="other"))
    tab = Tab(both)
    user_id = (await signed_in(tab, issuer)).session.user_id
    answer = other_issuer.authorize(await tab.leave_to_link(user_id, "other"))
    await tab.link(user_id, answer)
    one = open_identities(registered(issuer))
    (left,) = [
        each for each in await one.list(user_id, ALL) if each.provider == "issuer"
    ]

    with pytest.raises(LastWayIn):
        await one.delete(user_id, left.id, client=HERE)


async def test_who_has_a_password_may_unlink_all(
    tab: Tab,
    issuer: HostileIssuer,
    identities: Identities,
    database: Database,
    heard: Heard,
):
    user = await stored(database, "ada@here.example")
    await tab.link(user.id, issuer.authorize(await tab.leave_to_link(user.id)))

    await unlink(identities, user.id)
    await identities.delete(user.id, uuid4(), client=HERE)

    assert await rows(database, "identities") == 0
    assert heard.events[-1].action == "identity.unlink"


async def test_nobody_unlinks_what_is_anothers(
    tab: Tab, issuer: HostileIssuer, identities: Identities, database: Database
):
    user_id = (await signed_in(tab, issuer)).session.user_id
    mallory = await stored(database, "mallory@here.example")
    (identity,) = await identities.list(user_id, ALL)

    await identities.delete(mallory.id, identity.id, client=HERE)

    assert await rows(database, "identities") == 1


async def test_one_comes_in_by_github(
    open_identities: Open, github: GitHubServer, database: Database
):
    tab = Tab(open_identities(at_github(github)))

    entered = await tab.come_back(github.authorize(await tab.leave("github")))

    assert isinstance(entered.answer, SignedIn)
    user = await user_of(database, entered.answer)
    assert user.email == "octocat@github.example"
    assert user.display_name == "The Octocat"


@pytest.mark.asvs("10.2.2", "10.5.2")
@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": "583231"},
        {"id": True},
        {"id": 0},
        {"emails": {"message": "no"}},
        {"emails": [{"email": "victim@x.example", "primary": True, "verified": False}]},
        {"emails": [{"email": "victim@x.example", "primary": True, "verified": "yes"}]},
        {"emails": [{"email": "victim@x.example", "primary": False, "verified": True}]},
        {"emails": ["victim@x.example"]},
        {"emails": []},
    ],
    ids=str,
)
async def test_what_github_should_not_say_signs_nobody_in(
    wrong: dict[str, Any],
    open_identities: Open,
    github: GitHubServer,
    database: Database,
):
    github.account = replace(github.account, **wrong)
    tab = Tab(open_identities(at_github(github)))
    answer = github.authorize(await tab.leave("github"))

    with pytest.raises((IdentityRefused, IdentityEmailUnverified)):
        await tab.come_back(answer)

    assert await rows(database, "users") == 0


@pytest.mark.asvs("10.2.2", "10.4.2")
async def test_a_code_of_github_is_good_once_and_for_its_own_trip(
    open_identities: Open, github: GitHubServer, database: Database
):
    tab = Tab(open_identities(at_github(github)))
    first = github.authorize(await tab.leave("github"))
    second = github.authorize(await tab.leave("github"))
    await tab.come_back(first)

    for code in (first["code"], "nonsense"):
        third = github.authorize(await tab.leave("github"))
        with pytest.raises(IdentityRefused):
            await tab.come_back({**third, "code": code})
    with pytest.raises(IdentityRefused):
        await tab.come_back({**second, "issuer": "https://issuer.example"})

    assert await rows(database, "sessions") == 1
