"""Changing the password, the address and the name of who is signed in."""

import pytest

from parley.auth.v1.account_service_pb2 import UpdateUserRequest, User
from parley.auth.v1.credential_service_pb2 import (
    ChangeEmailRequest,
    ChangePasswordRequest,
    CompleteEmailChangeRequest,
)
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser, new_email
from tests.auth.conftest import CountingHasher, Serve
from tests.auth.mail.conftest import joined
from tests.auth.mail.server import MailServer
from tests.auth.mail.test_sign_up import count
from tests.calls import refusal

NEW = "an entirely different phrase"


async def change_password(
    browser: Browser, new: str = NEW, *, keep: bool = False, name: str = ""
) -> None:
    request = ChangePasswordRequest(
        name=name or browser.user,
        current_password=browser.password,
        new_password=new,
        keep_other_sessions=keep,
    )
    answer = await browser.call(browser.api.credentials.ChangePassword, request)
    browser.keep(answer)
    browser.password = new


async def change_email(browser: Browser, email: str, name: str = "") -> None:
    request = ChangeEmailRequest(name=name or browser.user, new_email=email)
    answer = await browser.call(browser.api.credentials.ChangeEmail, request)
    browser.verification = answer.verification


async def complete_email(browser: Browser, code: str) -> User:
    request = CompleteEmailChangeRequest(
        name=browser.user, token=browser.verification.token, code=code
    )
    answer = await browser.call(browser.api.credentials.CompleteEmailChange, request)
    user: User = answer.user
    return user


@pytest.mark.asvs("6.2.2", "6.2.3", "6.3.7", "7.2.4", "7.4.3")
async def test_another_password_begins_another_session_and_ends_the_others(
    api: Api, alice: Browser, mail_server: MailServer
):
    elsewhere = await Browser(api, email=alice.email).sign_in()
    before = alice.session.name, alice.token, alice.cookie

    await change_password(alice)

    assert alice.session.name != before[0]
    assert alice.token != before[1]
    assert alice.cookie != before[2]
    await alice.refresh()
    assert (await refusal(elsewhere.refresh())).reason == "SESSION_ENDED"
    stolen = Browser(api, cookie=before[2])
    assert (await refusal(stolen.refresh())).reason == "SESSION_ENDED"
    old = Browser(api, email=alice.email)
    assert (await refusal(old.sign_in())).reason == "INVALID_CREDENTIALS"
    notice = await mail_server.mail_to(alice.email, number=2)
    assert "Your password was changed" in notice.as_string()


@pytest.mark.asvs("7.4.3")
async def test_the_other_sessions_stay_if_they_are_to(api: Api, alice: Browser):
    elsewhere = await Browser(api, email=alice.email).sign_in()

    await change_password(alice, keep=True)

    await elsewhere.refresh()
    await alice.refresh()


@pytest.mark.asvs("6.2.3")
async def test_it_takes_the_password_of_now_and_counts_the_tries(
    api: Api, alice: Browser, hasher: CountingHasher
):
    alice.password = "not the password"

    reasons = [(await refusal(change_password(alice))).reason for _ in range(12)]

    assert reasons == ["INVALID_CREDENTIALS"] * 10 + ["TOO_MANY_ATTEMPTS"] * 2


@pytest.mark.parametrize(
    ("new", "reason"),
    [
        ("password12", "COMMON_PASSWORD"),
        ("short", "INVALID_FIELD"),
        ("x" * 129, "INVALID_FIELD"),
    ],
)
@pytest.mark.asvs("6.2.1", "6.2.4", "6.2.12")
async def test_a_password_that_is_tried_first_is_refused(
    new: str, reason: str, alice: Browser
):
    assert (await refusal(change_password(alice, new))).reason == reason


async def test_who_has_no_password_yet_needs_to_have_shown_who_they_are(
    api: Api, alice: Browser, database: Database
):
    async with database.transaction() as connection:
        await connection.execute("UPDATE users SET password_hash = NULL")
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE sessions SET auth_time = now() - interval '11 minutes'"
        )
    await alice.refresh()
    refused = await refusal(change_password(alice))
    assert refused.reason == "REAUTHENTICATION_REQUIRED"
    assert (await refusal(alice.delete_user())).reason == "REAUTHENTICATION_REQUIRED"

    async with database.transaction() as connection:
        await connection.execute("UPDATE sessions SET auth_time = now()")
    await alice.refresh()
    await change_password(alice)
    await Browser(api, email=alice.email, password=NEW).sign_in()


@pytest.mark.asvs("6.3.7", "6.5.1")
async def test_another_address_counts_when_its_code_is_shown(
    api: Api, alice: Browser, mail_server: MailServer
):
    old, new = alice.email, new_email()

    await change_email(alice, new)

    assert (await alice.get_user()).email == old
    code = await mail_server.code_to(new)
    user = await complete_email(alice, code)
    assert (user.email, user.email_verified) == (new, True)
    assert (await refusal(complete_email(alice, code))).reason == "CODE_ENDED"
    await Browser(api, email=new).sign_in()
    assert (await refusal(Browser(api, email=old).sign_in())).reason == (
        "INVALID_CREDENTIALS"
    )
    notice = await mail_server.mail_to(old, number=2)
    assert notice["Subject"] == "Your Parley account has another e-mail address"
    assert new not in notice.as_string()


@pytest.mark.asvs("7.5.1")
async def test_another_address_takes_having_shown_who_one_is(
    api: Api, alice: Browser, database: Database
):
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE sessions SET auth_time = now() - interval '11 minutes'"
        )
    await alice.refresh()

    refused = await refusal(change_email(alice, new_email()))

    assert refused.reason == "REAUTHENTICATION_REQUIRED"


@pytest.mark.asvs("6.3.8")
async def test_whether_an_address_is_taken_cannot_be_told(
    api: Api,
    alice: Browser,
    mail_server: MailServer,
    hasher: CountingHasher,
    database: Database,
):
    bob = await joined(Browser(api), mail_server)
    work = []
    for email in (bob.email, new_email()):
        hashed, codes = hasher.hashed, await count(database, "mail_codes")
        await change_email(alice, email)
        assert len(alice.verification.token) == 43
        assert (await refusal(complete_email(alice, "00000000"))).reason == "WRONG_CODE"
        work.append(
            (hasher.hashed - hashed, await count(database, "mail_codes") - codes)
        )

    assert work == [(0, 1), (0, 1)]
    told = await mail_server.mail_to(bob.email, number=2)
    assert told["Subject"] == "You have a Parley account already"


async def test_two_who_want_one_address_do_not_both_get_it(
    api: Api, alice: Browser, mail_server: MailServer
):
    bob = await joined(Browser(api), mail_server)
    wanted = new_email()
    await change_email(alice, wanted)
    for_alice = await mail_server.code_to(wanted)
    await change_email(bob, wanted)
    for_bob = await mail_server.code_to(wanted, number=2)

    await complete_email(alice, for_alice)

    assert (await refusal(complete_email(bob, for_bob))).reason == "EMAIL_TAKEN"


@pytest.mark.asvs("6.6.2", "8.2.2")
async def test_a_code_is_of_use_only_to_whom_it_was_sent_for(
    api: Api, alice: Browser, mail_server: MailServer
):
    mallory = await joined(Browser(api), mail_server)
    wanted = new_email()
    await change_email(alice, wanted)
    code = await mail_server.code_to(wanted)
    mallory.verification = alice.verification

    refused = await refusal(complete_email(mallory, code))

    assert refused.reason == "CODE_ENDED"
    assert (await mallory.get_user()).email == mallory.email


@pytest.mark.asvs("8.2.2")
async def test_nobody_changes_somebody_else(
    api: Api, alice: Browser, mail_server: MailServer
):
    mallory = await joined(Browser(api), mail_server)

    for call in (
        change_password(mallory, name=alice.user),
        change_email(mallory, new_email(), name=alice.user),
        rename(mallory, "Mallory", name=alice.user),
    ):
        assert (await refusal(call)).reason == "FORBIDDEN"


async def rename(browser: Browser, display_name: str, name: str = "") -> User:
    request = UpdateUserRequest(
        user=User(name=name or browser.user, display_name=display_name)
    )
    request.update_mask.paths.append("display_name")
    answer = await browser.call(browser.api.accounts.UpdateUser, request)
    user: User = answer.user
    return user


async def test_a_name_can_be_changed_and_nothing_else_by_it(alice: Browser):
    assert (await rename(alice, "  Countess  ")).display_name == "Countess"
    assert (await alice.get_user()).display_name == "Countess"
    for bad in (" ", "x" * 101, "a\r\nb"):
        assert (await refusal(rename(alice, bad))).reason == "INVALID_FIELD"
    request = UpdateUserRequest(user=User(name=alice.user, email=new_email()))
    request.update_mask.paths.append("email")
    refused = await refusal(alice.call(alice.api.accounts.UpdateUser, request))
    assert refused.reason == "INVALID_FIELD"


async def test_without_mail_an_address_changes_at_once_unless_it_is_taken(
    serve: Serve, redis_url: str, hasher: CountingHasher
):
    async with serve(redis_url, hasher) as api:
        ada, bob = await Browser(api).sign_up(), await Browser(api).sign_up()
        wanted = new_email()

        await change_email(ada, wanted)

        assert not ada.verification.token
        user = await ada.get_user()
        assert (user.email, user.email_verified) == (wanted, False)
        assert (await refusal(change_email(bob, wanted))).reason == "EMAIL_TAKEN"
