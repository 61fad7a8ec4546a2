"""What people see of their sessions, and how they end them."""

import pytest

from parley.auth.v1 import session_service_pb2 as pb
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.calls import refusal


async def listed(
    person: Browser, *, page_size: int = 0, page_token: str = ""
) -> pb.ListSessionsResponse:
    request = pb.ListSessionsRequest(
        parent=person.user, page_size=page_size, page_token=page_token
    )
    answer: pb.ListSessionsResponse
    answer = await person.call(person.api.sessions.ListSessions, request)
    return answer


async def elsewhere(alice: Browser, address: str = "203.0.113.7") -> Browser:
    other = Browser(alice.api, alice.email, address=address)
    await other.sign_in()
    other.user = alice.user
    return other


@pytest.mark.asvs("7.5.2")
async def test_each_session_is_shown_with_where_and_how_it_began(alice: Browser):
    other = await elsewhere(alice)

    latest, first = (await listed(alice)).sessions

    assert [latest.name, first.name] == [other.session.name, alice.session.name]
    assert (latest.address, first.address) == ("203.0.113.7", "")
    assert [latest.current, first.current] == [False, True]
    assert list(first.methods) == ["pwd"]
    assert "grpc-python" in first.user_agent
    assert first.last_use_time.ToDatetime() >= first.create_time.ToDatetime()


async def test_a_session_that_ended_is_not_shown(alice: Browser):
    other = await elsewhere(alice)
    await other.sign_out()

    assert [each.name for each in (await listed(alice)).sessions] == [
        alice.session.name
    ]


async def test_pages_go_on_where_the_one_before_ended(alice: Browser):
    for _ in range(4):
        await elsewhere(alice)

    names, token = [], ""
    while True:
        page = await listed(alice, page_size=2, page_token=token)
        names += [each.name for each in page.sessions]
        if not (token := page.next_page_token):
            break

    assert len(names) == len(set(names)) == 5
    assert names[-1] == alice.session.name


async def test_pages_go_on_where_one_ended_that_has_ended_itself(alice: Browser):
    others = [await elsewhere(alice) for _ in range(3)]
    first = await listed(alice, page_size=2)
    last_shown = next(o for o in others if o.session.name == first.sessions[-1].name)

    await last_shown.sign_out()

    rest = await listed(alice, page_token=first.next_page_token)
    names = [each.name for each in rest.sessions]
    assert names == [others[0].session.name, alice.session.name]


@pytest.mark.asvs("7.4.3", "7.5.2")
async def test_ending_all_others_leaves_the_one_that_asks(alice: Browser, api: Api):
    others = [await elsewhere(alice) for _ in range(3)]
    stranger = await Browser(api).sign_up()
    request = pb.DeleteOtherSessionsRequest(parent=alice.user)

    await alice.call(alice.api.sessions.DeleteOtherSessions, request)

    assert [each.name for each in (await listed(alice)).sessions] == [
        alice.session.name
    ]
    for other in others:
        assert (await refusal(other.refresh())).reason == "SESSION_ENDED"
    await alice.refresh()
    await stranger.refresh()


@pytest.mark.asvs("7.5.2")
async def test_others_are_ended_by_who_has_shown_lately_who_they_are(
    alice: Browser, database: Database
):
    other = await elsewhere(alice)
    async with database.transaction() as connection:
        await connection.execute(
            "UPDATE sessions SET auth_time = now() - interval '11 minutes'"
        )
    await alice.refresh()
    every = pb.DeleteOtherSessionsRequest(parent=alice.user)

    for ending in (
        alice.call(alice.api.sessions.DeleteOtherSessions, every),
        alice.sign_out(other.session.name),
    ):
        assert (await refusal(ending)).reason == "REAUTHENTICATION_REQUIRED"
    await other.refresh()

    again = pb.ReauthenticateSessionRequest(
        name=alice.session.name, password=alice.password
    )
    shown = await alice.call(alice.api.sessions.ReauthenticateSession, again)
    alice.token = shown.access_token.token
    await alice.sign_out(other.session.name)
    assert (await refusal(other.refresh())).reason == "SESSION_ENDED"


async def test_who_was_away_for_long_leaves_without_showing_who_they_are(
    alice: Browser, database: Database
):
    async with database.transaction() as connection:
        await connection.execute("UPDATE sessions SET auth_time = to_timestamp(0)")
    await alice.refresh()

    await alice.sign_out()

    assert (await refusal(alice.refresh())).reason == "SESSION_ENDED"


async def test_nobody_sees_or_ends_the_sessions_of_others(
    alice: Browser, mallory: Browser
):
    listing = pb.ListSessionsRequest(parent=alice.user)
    ending = pb.DeleteOtherSessionsRequest(parent=alice.user)
    api = mallory.api.sessions

    assert (await refusal(mallory.call(api.ListSessions, listing))).reason == (
        "FORBIDDEN"
    )
    assert (await refusal(mallory.call(api.DeleteOtherSessions, ending))).reason == (
        "FORBIDDEN"
    )
    await alice.refresh()
