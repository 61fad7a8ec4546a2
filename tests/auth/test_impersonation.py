"""ImpersonationService: acting as somebody else, openly and for little."""

import pytest

from services.auth.roles.model import IMPERSONABLE
from services.auth.sessions.tokens import AccessTokens
from tests.auth.administering import (
    account,
    claims,
    disable,
    end_impersonation,
    id_of,
    impersonate,
    said_scope,
    set_role,
)
from tests.auth.browser import Api, Browser
from tests.auth.test_watch_revocations import other_service, until
from tests.auth.told import Told
from tests.calls import refusal


async def test_acting_as_somebody_allows_little_and_says_who_it_is(
    alice: Browser, mallory: Browser, told: Told
):
    token = await impersonate(alice, mallory)

    said = claims(token)
    assert said_scope(token) == IMPERSONABLE
    assert said["sub"] == mallory.user.removeprefix("users/")
    assert said["act"] == {"sub": str(id_of(alice)), "ver": 1}
    assert said["auth_time"] == 0, "the user has shown nothing"
    assert said["sid"] == alice.session.name.rpartition("/")[2]
    assert int(said["exp"]) - int(said["iat"]) <= 300
    assert await told.details("impersonation.begin", mallory.user) == {
        "actor": str(id_of(alice)),
        "reason": "Ticket 7",
    }


@pytest.mark.asvs("7.4.1")
async def test_acting_as_somebody_ends_when_who_acts_is_disabled(
    api: Api, alice: Browser, mallory: Browser, access_tokens: AccessTokens
):
    bob = await Browser(api).sign_up()
    await set_role(alice, bob, "admin")
    await bob.refresh()
    token = await impersonate(bob, mallory)
    async with other_service(api.address, access_tokens) as service:
        assert not await service.refuses(token)

        await disable(alice, bob)

        await until(lambda: service.refuses(token))


@pytest.mark.asvs("8.3.2", "7.4.1")
async def test_acting_as_somebody_ends_when_who_acts_loses_the_right_to(
    api: Api, alice: Browser, mallory: Browser, access_tokens: AccessTokens
):
    bob = await Browser(api).sign_up()
    await set_role(alice, bob, "admin")
    await bob.refresh()
    token = await impersonate(bob, mallory)
    async with other_service(api.address, access_tokens) as service:
        assert not await service.refuses(token), "a promotion before it ends nothing"

        await set_role(alice, bob, "member")

        await until(lambda: service.refuses(token))


@pytest.mark.asvs("7.4.1")
async def test_acting_as_somebody_ends_when_who_acts_says_so(
    api: Api,
    alice: Browser,
    mallory: Browser,
    access_tokens: AccessTokens,
    told: Told,
):
    token, other = [await impersonate(alice, mallory) for _ in range(2)]
    async with other_service(api.address, access_tokens) as service:
        await end_impersonation(alice, token)

        await until(lambda: service.refuses(token))
        assert not await service.refuses(other), "nothing else ends with it"
        assert not await service.refuses(alice.token)
        assert await told.details("impersonation.end", mallory.user) == {
            "actor": str(id_of(alice))
        }


async def test_what_is_over_can_be_ended_again(
    api: Api, alice: Browser, mallory: Browser, access_tokens: AccessTokens, told: Told
):
    token = await impersonate(alice, mallory)
    await end_impersonation(alice, token)
    async with other_service(api.address, access_tokens) as service:
        await until(lambda: service.refuses(token))

    await end_impersonation(alice, token)
    await end_impersonation(alice, "no token")


@pytest.mark.asvs("8.2.2")
async def test_only_who_acts_as_somebody_ends_it_and_no_other_token(
    api: Api, alice: Browser, mallory: Browser, access_tokens: AccessTokens
):
    bob = await Browser(api).sign_up()
    await set_role(alice, bob, "admin")
    await bob.refresh()
    token = await impersonate(bob, mallory)

    for not_theirs in (token, bob.token, alice.token, mallory.token):
        refused = await refusal(end_impersonation(alice, not_theirs))
        assert refused.reason == "FORBIDDEN"
    refused = await refusal(end_impersonation(mallory, token))
    assert refused.reason == "PERMISSION_MISSING"


@pytest.mark.asvs("8.2.1")
async def test_who_acts_as_somebody_administers_nothing_nor_touches_the_account(
    api: Api, alice: Browser, mallory: Browser
):
    await set_role(alice, mallory, "admin")
    acting = Browser(api, token=await impersonate(alice, mallory), user=mallory.user)
    bob = await Browser(api).sign_up()

    for call in (
        acting.get_user(),
        acting.sign_out(mallory.session.name),
        impersonate(acting, bob),
        disable(acting, bob),
        account(acting, bob),
    ):
        assert (await refusal(call)).reason == "PERMISSION_MISSING"


@pytest.mark.parametrize("reason", ["", "x" * 201])
async def test_acting_as_somebody_takes_a_reason(
    alice: Browser, mallory: Browser, told: Told, reason: str
):
    assert (await refusal(impersonate(alice, mallory, reason))).reason == (
        "INVALID_FIELD"
    )
    assert not await told.details("impersonation.begin", mallory.user)


async def test_nobody_acts_as_who_is_disabled_or_as_themselves(
    alice: Browser, mallory: Browser
):
    await disable(alice, mallory)

    assert (await refusal(impersonate(alice, mallory))).reason == "FORBIDDEN"
    assert (await refusal(impersonate(alice, alice))).reason == "FORBIDDEN"
