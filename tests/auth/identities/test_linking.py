"""Linking identities, and unlinking them."""

import asyncio
from uuid import UUID, uuid4

import pytest

from services.auth.identities.identities import Identities
from services.auth.identities.model import (
    MAX_IDENTITIES,
    IdentityFlowEnded,
    IdentityTaken,
    TooManyIdentities,
)
from services.auth.users.model import LastWayIn
from services.kit.pages import Page
from services.kit.postgres import Database
from tests.auth.identities.conftest import HERE, Heard, Open, Tab, rows
from tests.auth.identities.people import signed_in, stored
from tests.auth.identities.registrations import registered
from tests.auth.ways import Asked
from tests.doubles.hostile_issuer import HostileIssuer

ALL = Page(50, None)


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
    assert heard.changes == ["You can sign in with your account at Issuer"]
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


@pytest.mark.asvs("15.4.2")
async def test_other_ways_in_are_asked_for_while_none_can_go(
    open_identities: Open, issuer: HostileIssuer, database: Database
):
    asked = Asked(database)
    identities = open_identities(registered(issuer), factors=asked)
    user_id = (await signed_in(Tab(identities), issuer)).session.user_id
    asked.times_held.clear()

    with pytest.raises(LastWayIn):
        await unlink(identities, user_id)

    assert asked.times_held == [True]


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
