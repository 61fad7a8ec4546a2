"""AdminService, called as who manages users calls it."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from uuid import UUID, uuid4

import grpc
import pytest

from parley.auth.v1 import admin_service_pb2 as pb
from parley.auth.v1.account_pb2 import Account
from services.auth.sessions.tokens import AccessTokens
from services.kit.caller import Caller, Verifier
from services.kit.errors import Unavailable
from tests.auth.administering import (
    account,
    disable,
    id_of,
    impersonate,
    scope,
    set_role,
)
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.factors.authenticator import Authenticator
from tests.auth.factors.people import add_app, add_passkey, begin_step, factors
from tests.auth.told import Told
from tests.calls import refusal


class Keeps:
    """A service that keeps something of users, and sees who asks it to erase it."""

    def __init__(self, verifier: Verifier) -> None:
        self._verifier = verifier
        self.away = False
        self.asked: list[Caller] = []

    async def erase(self, user_id: UUID, *, token: str) -> None:
        if self.away:
            raise Unavailable(part="chat")
        caller = await self._verifier.verify(token)
        assert caller.user_id == user_id
        self.asked.append(caller)


@pytest.fixture
def keeps(access_tokens: AccessTokens) -> Keeps:
    return Keeps(Verifier(access_tokens.jwks))


@pytest.fixture
async def api(
    serve: Serve, redis_url: str, hasher: CountingHasher, keeps: Keeps
) -> AsyncIterator[Api]:
    async with serve(redis_url, hasher, owners=[keeps]) as api:
        yield api


async def listed(by: Browser, **fields: object) -> Sequence[Account]:
    request = pb.ListAccountsRequest(**fields)  # type: ignore[arg-type]  # a test's fields
    answer: pb.ListAccountsResponse
    answer = await by.call(by.api.admin.ListAccounts, request)
    return answer.accounts


async def delete(by: Browser, person: Browser) -> None:
    request = pb.DeleteAccountRequest(name=person.user)
    await by.call(by.api.admin.DeleteAccount, request)


async def test_lists_users_by_address_role_and_state(
    api: Api, alice: Browser, mallory: Browser
):
    bob = await Browser(api, email="Bob_%@example.com").sign_up()
    await set_role(alice, mallory, "guest")
    await disable(alice, bob)

    assert [each.name for each in await listed(alice)] == [
        bob.user,
        mallory.user,
        alice.user,
    ]
    assert [each.name for each in await listed(alice, email_prefix="bOB_%")] == [
        bob.user
    ]
    assert await listed(alice, email_prefix="_ob") == []
    assert [each.name for each in await listed(alice, role="roles/guest")] == [
        mallory.user
    ]
    assert [each.name for each in await listed(alice, disabled=True)] == [bob.user]
    assert len(await listed(alice, disabled=False)) == 2


async def test_users_are_paged(api: Api, alice: Browser):
    for _ in range(4):
        await Browser(api).sign_up()

    names, token = [], ""
    while True:
        request = pb.ListAccountsRequest(page_size=2, page_token=token)
        page = await alice.call(api.admin.ListAccounts, request)
        names += [each.name for each in page.accounts]
        if not (token := page.next_page_token):
            break

    assert len(names) == len(set(names)) == 5
    assert names[-1] == alice.user


@pytest.mark.asvs("7.4.2")
async def test_who_is_disabled_is_out_everywhere(
    alice: Browser, mallory: Browser, told: Told
):
    shown = await disable(alice, mallory)
    await disable(alice, mallory)

    assert shown.HasField("disable_time")
    assert await told.users() == [(mallory.user, 2)]
    assert (await refusal(mallory.refresh())).reason == "SESSION_ENDED"
    assert (await refusal(mallory.sign_in())).reason == "INVALID_CREDENTIALS"


async def test_who_is_enabled_again_signs_in_again(alice: Browser, mallory: Browser):
    await disable(alice, mallory)
    request = pb.EnableAccountRequest(name=mallory.user)

    shown = (await alice.call(alice.api.admin.EnableAccount, request)).account

    assert not shown.HasField("disable_time")
    await mallory.sign_in()


async def test_deletes_a_user_with_what_others_keep(
    alice: Browser, mallory: Browser, keeps: Keeps, told: Told
):
    await delete(alice, mallory)
    await delete(alice, mallory)

    (asked,) = keeps.asked
    assert asked.scope == {"account"}
    assert asked.impersonator == id_of(alice)
    assert asked.session_id == UUID(alice.session.name.rpartition("/")[2])
    # Newer than what is refused of the user from now on.
    assert (mallory.user, asked.version) == (await told.users())[0]
    assert asked.version == 2
    assert (await refusal(account(alice, mallory))).reason == "USER_NOT_FOUND"
    assert (await refusal(mallory.refresh())).reason == "SESSION_ENDED"


async def test_a_user_who_cannot_be_erased_now_stays_disabled_until_a_retry(
    alice: Browser, mallory: Browser, keeps: Keeps
):
    keeps.away = True
    refused = await refusal(delete(alice, mallory))

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert (await account(alice, mallory)).HasField("disable_time")
    keeps.away = False
    await delete(alice, mallory)
    assert (await refusal(account(alice, mallory))).reason == "USER_NOT_FOUND"


@pytest.mark.asvs("8.3.1", "8.2.2")
async def test_nobody_changes_anything_of_who_may_do_more(
    api: Api, alice: Browser, mallory: Browser, told: Told
):
    await set_role(alice, mallory, "admin")
    await mallory.refresh()
    admin, name, session = api.admin, alice.user, alice.session.name
    before = await told.users()

    for method, request in (
        (admin.DisableAccount, pb.DisableAccountRequest(name=name)),
        (admin.EnableAccount, pb.EnableAccountRequest(name=name)),
        (admin.DeleteAccount, pb.DeleteAccountRequest(name=name)),
        (admin.ResetAccountFactors, pb.ResetAccountFactorsRequest(name=name)),
        (admin.DeleteAccountSession, pb.DeleteAccountSessionRequest(name=session)),
        (admin.DeleteAccountSessions, pb.DeleteAccountSessionsRequest(parent=name)),
    ):
        refused = await refusal(mallory.call(method, request))
        assert refused.code is grpc.StatusCode.PERMISSION_DENIED
        assert refused.reason == "RIGHTS_EXCEEDED"
    assert (await refusal(impersonate(mallory, alice))).reason == "RIGHTS_EXCEEDED"

    assert await told.users() == before
    await alice.refresh()


async def test_the_last_owner_is_neither_disabled_nor_deleted(
    alice: Browser, mallory: Browser, keeps: Keeps
):
    assert (await refusal(disable(alice, alice))).reason == "LAST_OWNER"
    assert (await refusal(delete(alice, alice))).reason == "LAST_OWNER"

    assert keeps.asked == []
    await alice.refresh()


@pytest.mark.asvs("7.4.5")
async def test_sessions_of_others_are_listed_and_ended(
    api: Api, alice: Browser, mallory: Browser
):
    there = Browser(api, email=mallory.email, user=mallory.user)
    await there.sign_in()
    listing = pb.ListAccountSessionsRequest(parent=mallory.user)
    one = pb.DeleteAccountSessionRequest(name=there.session.name)
    every = pb.DeleteAccountSessionsRequest(parent=mallory.user)

    sessions = (await alice.call(api.admin.ListAccountSessions, listing)).sessions
    await alice.call(api.admin.DeleteAccountSession, one)
    await alice.call(api.admin.DeleteAccountSession, one)
    ended = await refusal(there.refresh())
    await mallory.refresh()
    await alice.call(api.admin.DeleteAccountSessions, every)

    assert [each.name for each in sessions] == [
        there.session.name,
        mallory.session.name,
    ]
    assert ended.reason == "SESSION_ENDED"
    assert (await refusal(mallory.refresh())).reason == "SESSION_ENDED"
    await alice.refresh()


@pytest.mark.asvs("6.4.6")
async def test_factors_are_reset_without_anybody_setting_a_password(
    alice: Browser, mallory: Browser, told: Told, clock: Clock
):
    begin_step(clock)
    await add_app(mallory, clock)
    await add_passkey(mallory, Authenticator())
    request = pb.ResetAccountFactorsRequest(name=mallory.user)

    await alice.call(alice.api.admin.ResetAccountFactors, request)

    assert (await refusal(mallory.refresh())).reason == "SESSION_ENDED"
    await mallory.sign_in()
    listed = await factors(mallory)
    assert (len(listed.factors), listed.recovery_codes_left) == (0, 0)
    assert await told.details("user.factors.reset", mallory.user)
    fields = {
        field.name
        for method in pb.DESCRIPTOR.services_by_name["AdminService"].methods
        for field in method.input_type.fields
    }
    assert not {field for field in fields if "password" in field}


@pytest.mark.asvs("7.5.1", "8.2.1")
async def test_what_changes_rights_takes_somebody_who_showed_lately_who_they_are(
    alice: Browser, mallory: Browser, clock: Clock, access_tokens: AccessTokens
):
    # The session is eleven minutes old when it is refreshed.
    clock.ahead = timedelta(minutes=-11)
    await alice.sign_in()
    clock.ahead = timedelta()
    await alice.refresh()

    assert (await account(alice, mallory)).name == mallory.user
    for call in (set_role(alice, mallory, "guest"), impersonate(alice, mallory)):
        refused = await refusal(call)
        assert refused.code is grpc.StatusCode.FAILED_PRECONDITION
        assert refused.reason == "REAUTHENTICATION_REQUIRED"


async def test_who_is_no_user_is_said_to_be_none(alice: Browser):
    nobody = Browser(alice.api)
    nobody.user = f"users/{uuid4()}"

    for call in (
        account(alice, nobody),
        disable(alice, nobody),
        set_role(alice, nobody, "guest"),
        impersonate(alice, nobody),
    ):
        assert (await refusal(call)).reason == "USER_NOT_FOUND"


@pytest.mark.asvs("8.2.1", "8.2.2")
async def test_members_and_guests_manage_nobody(alice: Browser, mallory: Browser):
    for role in ("member", "guest"):
        await set_role(alice, mallory, role)
        await mallory.refresh()
        for call in (
            listed(mallory),
            account(mallory, alice),
            disable(mallory, alice),
            delete(mallory, mallory),
            set_role(mallory, mallory, "owner"),
        ):
            assert (await refusal(call)).reason == "PERMISSION_MISSING"
    assert "users_read" not in await scope(mallory)
