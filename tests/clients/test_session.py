"""Signing in once is enough."""

import asyncio
import time

import grpc
import pytest

import parley_client
from parley.auth.v1.account_service_pb2 import DeleteUserRequest
from parley.auth.v1.key_service_pb2 import GetJsonWebKeySetRequest
from parley.llm.v1.generation_service_pb2 import ListModelsRequest
from parley_client import Parley, ParleyError
from parley_client.address import Address
from parley_client.session import Session
from tests.clients.conftest import EMAIL, PASSWORD, Scripted


async def test_who_signs_up_is_signed_in(parley: Parley) -> None:
    user = await parley.user()

    assert (user.email, user.display_name) == (EMAIL, "ada")


async def test_a_program_that_starts_again_is_still_signed_in(
    scripted: Scripted, parley: Parley
) -> None:
    async with scripted.connected() as again:
        user = await again.user()

    assert user.email == EMAIL
    assert scripted.auth.calls["RefreshSession"] == 1


async def test_a_token_is_renewed_before_it_expires(
    scripted: Scripted, parley: Parley
) -> None:
    now = time.time()
    async with Address.parse(scripted.url).channel() as channel:
        session = Session(
            channel,
            url=scripted.url,
            credentials=scripted.credentials,
            clock=lambda: now,
        )

        first = await session.token()
        now += scripted.auth.token_seconds - 31
        second = await session.token()
        # Its life began when it was issued, which was a while after `now` was read.
        now += 30
        third = await session.token()

    assert first == second
    assert second != third


async def test_a_clock_that_is_wrong_does_not_refresh_before_every_call(
    scripted: Scripted, parley: Parley
) -> None:
    async with Address.parse(scripted.url).channel() as channel:
        session = Session(
            channel,
            url=scripted.url,
            credentials=scripted.credentials,
            clock=lambda: time.time() + 3600,
        )

        tokens = {await session.token() for _ in range(3)}

    assert len(tokens) == 1


async def test_a_call_that_is_refused_for_its_token_is_made_again(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.auth.access_tokens.clear()

    user = await parley.user()

    assert user.email == EMAIL
    assert scripted.auth.calls == {"CreateUser": 1, "GetUser": 2, "RefreshSession": 1}


async def test_a_stream_that_is_refused_for_its_token_is_begun_again(
    scripted: Scripted, parley: Parley
) -> None:
    conversation = await parley.conversations.create()
    scripted.auth.access_tokens.clear()

    events = [event async for event in parley.send(conversation, "Hi")]

    assert len(events) == 3
    assert scripted.auth.calls["SendMessage"] == 2
    assert len(scripted.chat.sent) == 1


async def test_a_token_that_is_refused_twice_is_an_error(
    scripted: Scripted, parley: Parley
) -> None:
    class Nothing(dict[str, str]):
        def __setitem__(self, token: str, name: str) -> None:
            """Know no token."""

    scripted.auth.access_tokens = Nothing()

    with pytest.raises(ParleyError) as refused:
        await parley.user()

    assert refused.value.reason == "UNAUTHENTICATED"
    assert scripted.auth.calls["GetUser"] == 2
    assert scripted.auth.calls["RefreshSession"] == 1


async def test_who_shows_once_more_who_they_are_stays_signed_in(
    scripted: Scripted, parley: Parley
) -> None:
    await parley.reauthenticate(PASSWORD)

    async with scripted.connected() as again:
        user = await again.user()

    assert user.email == EMAIL


async def test_many_calls_at_once_refresh_once(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.auth.access_tokens.clear()

    users = await asyncio.gather(*(parley.user() for _ in range(50)))

    assert {user.email for user in users} == {EMAIL}
    assert scripted.auth.calls["RefreshSession"] == 1


async def test_a_refresh_is_finished_though_its_caller_gives_up(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.auth.may_refresh.clear()
    async with scripted.connected() as impatient:
        asking = asyncio.create_task(impatient.user())
        await scripted.auth.refreshing.wait()
        asking.cancel()
        scripted.auth.may_refresh.set()

    async with scripted.connected() as again:
        user = await again.user()

    assert asking.cancelled()
    assert user.email == EMAIL


async def test_a_session_that_ended_is_forgotten(
    scripted: Scripted, parley: Parley
) -> None:
    scripted.auth.access_tokens.clear()
    scripted.auth.refresh_tokens.clear()

    with pytest.raises(ParleyError) as ended:
        await parley.user()

    assert ended.value.reason == "SESSION_ENDED"
    assert ended.value.code is grpc.StatusCode.UNAUTHENTICATED
    assert scripted.credentials.load(scripted.url) is None


async def test_a_call_without_a_session_is_refused_at_once(scripted: Scripted) -> None:
    async with scripted.connected() as stranger:
        with pytest.raises(parley_client.NotSignedIn):
            await stranger.user()
        with pytest.raises(parley_client.NotSignedIn):
            await stranger.stubs.generation.ListModels(ListModelsRequest())

    assert not scripted.auth.calls


async def test_a_connection_does_not_become_somebody_else(
    scripted: Scripted, parley: Parley
) -> None:
    async with scripted.connected() as other:
        await other.sign_up("grace@example.com", PASSWORD)
    scripted.auth.access_tokens.clear()

    with pytest.raises(parley_client.NotSignedIn):
        await parley.user()


async def test_signing_out_ends_the_session_here_and_there(
    scripted: Scripted, parley: Parley
) -> None:
    await parley.sign_out()
    await parley.sign_out()

    assert scripted.credentials.load(scripted.url) is None
    assert not scripted.auth.refresh_tokens


async def test_signing_in_again_ends_the_session_before(
    scripted: Scripted, parley: Parley
) -> None:
    await parley.sign_in(EMAIL, PASSWORD)

    assert len(scripted.auth.refresh_tokens) == 1


async def test_a_wrong_password_is_told_and_not_tried_twice(
    scripted: Scripted, parley: Parley
) -> None:
    with pytest.raises(ParleyError, match="password is wrong") as wrong:
        await parley.sign_in(EMAIL, "nonsense")

    assert wrong.value.reason == "INVALID_CREDENTIALS"
    assert scripted.auth.calls["CreateSession"] == 1
    assert (await parley.user()).email == EMAIL


async def test_an_address_that_is_taken_is_told(parley: Parley) -> None:
    with pytest.raises(ParleyError) as taken:
        await parley.sign_up(EMAIL, PASSWORD)

    assert taken.value.reason == "EMAIL_TAKEN"
    assert taken.value.code is grpc.StatusCode.ALREADY_EXISTS


async def test_deleting_an_account_is_one_call(
    scripted: Scripted, parley: Parley
) -> None:
    await parley.conversations.create()
    scripted.auth.calls.clear()

    await parley.delete_account(PASSWORD)

    assert scripted.auth.calls == {"DeleteUser": 1}
    assert not scripted.auth.users
    assert scripted.credentials.load(scripted.url) is None


async def test_nothing_is_deleted_with_a_wrong_password(
    scripted: Scripted, parley: Parley
) -> None:
    await parley.conversations.create()

    with pytest.raises(ParleyError) as wrong:
        await parley.delete_account("nonsense")

    assert wrong.value.reason == "INVALID_CREDENTIALS"
    assert scripted.auth.users
    assert scripted.credentials.load(scripted.url)


async def test_generated_stubs_bear_the_token(parley: Parley) -> None:
    models = await parley.stubs.generation.ListModels(ListModelsRequest())

    assert models.models[0].name == "models/first"


async def test_public_methods_need_no_session(scripted: Scripted) -> None:
    async with scripted.connected() as stranger:
        keys = await stranger.stubs.keys.GetJsonWebKeySet(GetJsonWebKeySetRequest())

    assert keys.keys[0].kid == "one"


async def test_credentials_do_not_show_in_a_log(scripted: Scripted) -> None:
    async with scripted.connected() as parley:
        await parley.sign_up(EMAIL, PASSWORD)

    kept = scripted.credentials.load(scripted.url)

    assert kept
    assert kept.refresh_token not in repr(kept)


async def test_a_wrong_password_is_not_taken_for_a_stale_token(
    scripted: Scripted, parley: Parley
) -> None:
    user = await parley.user()
    request = DeleteUserRequest(name=user.name, password="nonsense")

    with pytest.raises(grpc.aio.AioRpcError):
        await parley.stubs.accounts.DeleteUser(request)

    assert scripted.auth.calls["DeleteUser"] == 1
    assert scripted.auth.calls["RefreshSession"] == 0
