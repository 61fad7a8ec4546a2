"""What goes where a second factor is required."""

from uuid import UUID

import jwt
import pytest

from parley.auth.v1 import session_service_pb2 as session_pb
from services.kit.postgres import Database
from tests.auth.browser import Browser
from tests.auth.conftest import Clock, CountingHasher, Serve
from tests.auth.devices.terminals import PAUSE, approve, begin, poll
from tests.auth.factors import people
from tests.auth.factors.people import add_app, add_passkey, factors, remove
from tests.calls import refusal


class Everybody:
    """Everybody must have a second factor."""

    def __init__(self) -> None:
        self.on = True

    async def required(self, user_id: UUID) -> bool:
        return self.on


def scope(person: Browser) -> set[str]:
    claims = jwt.decode(person.token, options={"verify_signature": False})
    return set(claims["scope"].split())


async def terminal_of(person: Browser, clock: Clock) -> Browser:
    """Have somebody approve a terminal, and return it signed in."""
    terminal = Browser(person.api)
    begun = await begin(terminal)
    await approve(person, begun.user_code)
    clock.ahead += PAUSE
    return await poll(terminal, begun.device_code)


@pytest.mark.asvs("6.3.3", "6.3.4")
async def test_where_one_is_required_nothing_can_be_done_before_there_is_one(
    serve: Serve, redis_url: str, hasher: CountingHasher, clock: Clock
):
    policy = Everybody()
    async with serve(redis_url, hasher, policy=policy) as api:
        alice = await Browser(api).sign_up()
        assert scope(alice) == {"account"}
        assert (await factors(alice)).required

        app, added = await add_app(alice, clock)
        await alice.refresh()

        assert scope(alice) > {"account", "chat"}
        assert (await refusal(remove(alice, added.factor.name))).reason == (
            "FACTOR_REQUIRED"
        )
        again = await people.sign_in(alice, totp_code=app.code())
        assert scope(again) > {"account", "chat"}


@pytest.mark.asvs("6.3.4")
async def test_a_session_from_before_it_was_required_can_do_no_more(
    serve: Serve, redis_url: str, hasher: CountingHasher, clock: Clock
):
    policy = Everybody()
    policy.on = False
    async with serve(redis_url, hasher, policy=policy) as api:
        alice = await Browser(api).sign_up()
        elsewhere = await Browser(api, alice.email).sign_in()
        assert "chat" in scope(elsewhere)
        app, _ = await add_app(alice, clock)
        policy.on = True

        await elsewhere.refresh()
        assert scope(elsewhere) == {"account"}
        request = session_pb.ReauthenticateSessionRequest(
            name=elsewhere.session.name,
            password=elsewhere.password,
            totp_code=app.code(),
        )
        answer = await elsewhere.call(api.sessions.ReauthenticateSession, request)
        elsewhere.token = answer.access_token.token

        assert "chat" in scope(elsewhere)


@pytest.mark.asvs("6.3.4")
async def test_a_terminal_can_do_as_much_as_who_approves_it_has_shown(
    serve: Serve, redis_url: str, hasher: CountingHasher, clock: Clock
):
    policy = Everybody()
    policy.on = False
    async with serve(redis_url, hasher, policy=policy) as api:
        alice = await Browser(api).sign_up()
        elsewhere = await Browser(api, alice.email).sign_in()
        await add_app(alice, clock)
        policy.on = True

        shown = await terminal_of(alice, clock)
        not_shown = await terminal_of(elsewhere, clock)

        assert scope(shown) > {"account", "chat"}
        assert scope(not_shown) == {"account"}


async def test_a_passkey_alone_is_enough_where_one_is_required(
    serve: Serve, redis_url: str, hasher: CountingHasher
):
    async with serve(redis_url, hasher, policy=Everybody()) as api:
        alice = await Browser(api).sign_up()
        passkey, _ = await add_passkey(alice)
        person = Browser(api)

        await people.show_passkey(
            person, passkey.get(await people.passkey_options(person))
        )

        assert "chat" in scope(person)


@pytest.mark.asvs("6.3.3")
async def test_showing_one_factor_once_more_takes_back_none_that_was_shown_before(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    clock: Clock,
    database: Database,
):
    async with serve(redis_url, hasher, policy=Everybody()) as api:
        alice = await Browser(api).sign_up()
        app, _ = await add_app(alice, clock)
        elsewhere = await people.sign_in(alice, totp_code=app.code())
        # As if they had come by an identity provider.
        async with database.transaction() as connection:
            await connection.execute("UPDATE users SET password_hash = NULL")
        clock.ahead += people.STEP

        request = session_pb.ReauthenticateSessionRequest(
            name=elsewhere.session.name, totp_code=app.code()
        )
        answer = await elsewhere.call(api.sessions.ReauthenticateSession, request)
        elsewhere.token = answer.access_token.token

        assert "chat" in scope(elsewhere)
