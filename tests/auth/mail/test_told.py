"""Of what people are told by mail, beside what changes their password."""

from tests.auth.api_keys.keys import create, revoke
from tests.auth.browser import Browser
from tests.auth.mail.server import MailServer


async def test_people_are_told_of_keys_that_are_made_and_revoked(
    alice: Browser, mail_server: MailServer
):
    made = await create(alice, display_name="nightly report")
    await revoke(alice, made.api_key.name)

    first = await mail_server.mail_to(alice.email, number=2)
    second = await mail_server.mail_to(alice.email, number=3)
    texts = [first.as_string(), second.as_string()]
    assert sum("An API key was made: nightly report." in text for text in texts) == 1
    assert sum("An API key was revoked: nightly report." in text for text in texts) == 1
