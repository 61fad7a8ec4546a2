"""What administrators do, where Parley sends mail."""

import re
from email.message import EmailMessage

import pytest

from parley.auth.v1 import admin_service_pb2 as admin_pb
from parley.auth.v1 import invitation_service_pb2 as invitation_pb
from parley.auth.v1 import policy_service_pb2 as policy_pb
from services.auth.roles.model import GUEST
from tests.auth.administering import change_policy, impersonate, invite, scope
from tests.auth.browser import Api, Browser, new_email
from tests.auth.mail.conftest import joined
from tests.auth.mail.server import MailServer
from tests.calls import refusal

INVITED = policy_pb.Policy.SIGN_UP_INVITATION


@pytest.fixture
async def mallory(api: Api, alice: Browser, mail_server: MailServer) -> Browser:
    """Somebody else who has signed up."""
    return await joined(Browser(api), mail_server)


def text_of(mail: EmailMessage) -> str:
    """What people read in it."""
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


async def test_an_invitation_goes_by_mail_alone_and_lets_its_guest_in_once(
    api: Api, alice: Browser, mail_server: MailServer
):
    email = new_email()
    await change_policy(alice, sign_up=INVITED)

    made = await invite(alice, send_mail=True, email=email, role="roles/guest")
    text = text_of(await mail_server.mail_to(email))
    (token,) = re.findall(r"/sign-up#invitation=([\w-]+)", text)
    guest, again = Browser(api, email=email), Browser(api, email=email)
    await guest.ask_to_sign_up(invitation_token=token)
    await guest.show_code(await mail_server.code_to(email))

    assert made.token == ""
    assert await scope(guest) == GUEST
    refused = await refusal(again.ask_to_sign_up(invitation_token=token))
    assert refused.reason == "INVITATION_ENDED"


async def test_an_invitation_that_is_taken_back_meanwhile_lets_nobody_in(
    api: Api, alice: Browser, mail_server: MailServer
):
    email = new_email()
    await change_policy(alice, sign_up=INVITED)
    made = await invite(alice, email=email)
    guest = Browser(api, email=email)
    await guest.ask_to_sign_up(invitation_token=made.token)
    code = await mail_server.code_to(email)

    request = invitation_pb.DeleteInvitationRequest(name=made.invitation.name)
    await alice.call(api.invitations.DeleteInvitation, request)

    assert (await refusal(guest.show_code(code))).reason == "INVITATION_ENDED"


async def test_a_closed_sign_up_answers_alike_for_who_has_an_account(
    api: Api, alice: Browser, mallory: Browser
):
    await change_policy(alice, sign_up=INVITED)

    for email in (mallory.email, new_email()):
        refused = await refusal(Browser(api, email=email).ask_to_sign_up())
        assert refused.reason == "SIGN_UP_CLOSED"


async def test_who_is_acted_for_is_told_by_mail(
    alice: Browser, mallory: Browser, mail_server: MailServer
):
    await impersonate(alice, mallory, "Ticket 7")

    text = text_of(await mail_server.mail_to(mallory.email, number=2))
    assert "Ticket 7" in text


async def test_whose_factors_are_taken_away_is_told_by_mail(
    alice: Browser, mallory: Browser, mail_server: MailServer
):
    request = admin_pb.ResetAccountFactorsRequest(name=mallory.user)
    await alice.call(alice.api.admin.ResetAccountFactors, request)

    text = text_of(await mail_server.mail_to(mallory.email, number=2))
    assert "took your second factors away" in text
