"""AccountService.DeleteUser and what others keep: a real chat, a real llm erase it."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

import grpc
import psycopg
import pytest

from deploy.local.ports import free_port
from parley.chat.v1 import erasure_service_pb2 as erasure_pb
from parley.chat.v1 import erasure_service_pb2_grpc as erasure_grpc
from parley.llm.v1 import erasure_service_pb2_grpc as llm_grpc
from services.auth.accounts.owners import chat_at, llm_at
from services.auth.attempts.model import Limits
from services.auth.sessions.tokens import AccessTokens
from services.chat.erasure.erasing import Erasing
from services.chat.erasure.servicer import ErasureServicer
from services.chat.erasure.store import PostgresErasures
from services.kit.caller import Verifier
from services.kit.interceptors import bearer
from services.kit.postgres import Database
from services.kit.server import serving
from services.kit.signals import Signals
from services.llm.erasure.erasing import Erasing as LlmErasing
from services.llm.erasure.servicer import ErasureServicer as LlmErasureServicer
from services.llm.erasure.store import PostgresErasures as LlmErasures
from tests.auth.administering import set_role
from tests.auth.browser import PASSWORD, Api, Browser
from tests.auth.conftest import CountingHasher, Serve
from tests.auth.keeping import KEEP, SAY, id_of, insisting, kept, patiently, visible
from tests.calls import refusal
from tests.conftest import MakeDatabase
from tests.llm.documents.word_index import WordIndex
from tests.serving import channel_to

LIMITS = Limits()

SERVICE = "parley.chat.v1.ErasureService"
LLM_SERVICE = "parley.llm.v1.ErasureService"
ServePart = Callable[[], AbstractAsyncContextManager[None]]


@pytest.fixture
def chat_address() -> str:
    """Where chat is, when it is there."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def serve_chat(
    chat_address: str, chat_database: str, redis_url: str, access_tokens: AccessTokens
) -> ServePart:
    """Serve the part of chat that erases."""

    @asynccontextmanager
    async def start() -> AsyncIterator[None]:
        async with (
            Database.connect(chat_database) as database,
            Signals.connect(redis_url) as signals,
            Erasing.open(PostgresErasures(database), signals) as erasing,
            serving(
                partial(
                    erasure_grpc.add_ErasureServiceServicer_to_server,
                    ErasureServicer(erasing),
                ),
                services=(SERVICE,),
                address=chat_address,
                authenticate=bearer(Verifier(access_tokens.jwks)),
                drain_seconds=0,
            ),
        ):
            yield

    return start


@pytest.fixture
def llm_address() -> str:
    """Where llm is, when it is there."""
    return f"127.0.0.1:{free_port()}"


@pytest.fixture
def llm_database(make_database: MakeDatabase) -> str:
    """The URL of llm's database."""
    return make_database("llm")


@pytest.fixture
def serve_llm(
    llm_address: str, llm_database: str, access_tokens: AccessTokens
) -> ServePart:
    """Serve the part of llm that erases."""

    @asynccontextmanager
    async def start() -> AsyncIterator[None]:
        async with (
            Database.connect(llm_database) as database,
            LlmErasing.open(LlmErasures(database), WordIndex()) as erasing,
            serving(
                partial(
                    llm_grpc.add_ErasureServiceServicer_to_server,
                    LlmErasureServicer(erasing),
                ),
                services=(LLM_SERVICE,),
                address=llm_address,
                authenticate=bearer(Verifier(access_tokens.jwks)),
                drain_seconds=0,
            ),
        ):
            yield

    return start


@pytest.fixture
async def api(
    serve: Serve,
    redis_url: str,
    hasher: CountingHasher,
    chat_address: str,
    llm_address: str,
) -> AsyncIterator[Api]:
    async with (
        chat_at(chat_address) as chat,
        llm_at(llm_address) as llm,
        serve(redis_url, hasher, [chat, llm]) as api,
    ):
        yield api


@pytest.fixture
def asked(chat_database: str) -> Callable[[Browser], list[bool]]:
    """Tell of the erasures of a user that are not done whether they are to go on."""

    def ask(browser: Browser) -> list[bool]:
        with psycopg.connect(chat_database) as connection:
            found = connection.execute(
                "SELECT until_time > now() FROM erasures WHERE user_id = %s",
                [id_of(browser)],
            )
            return [row[0] for row in found.fetchall()]

    return ask


async def test_what_others_keep_goes_before_the_user(
    serve_chat: ServePart,
    serve_llm: ServePart,
    chat_database: str,
    llm_database: str,
    alice: Browser,
    mallory: Browser,
    asked: Callable[[Browser], list[bool]],
):
    with psycopg.connect(chat_database) as connection:
        for each in (alice, mallory):
            connection.execute(SAY, [id_of(each)])
    with psycopg.connect(llm_database) as connection:
        for each in (alice, mallory):
            connection.execute(KEEP, [id_of(each)])

    await set_role(alice, mallory, "owner")
    async with serve_chat(), serve_llm():
        await alice.delete_user()

    assert kept(llm_database, alice) == 0
    assert kept(llm_database, mallory) == 1
    assert (await refusal(alice.sign_in())).reason == "INVALID_CREDENTIALS"
    assert visible(chat_database, alice) == 0
    assert visible(chat_database, mallory) == 1
    # It goes on for as long as access tokens are valid.
    assert asked(alice) == [True]
    assert asked(mallory) == []


@pytest.mark.asvs("7.5.3")
async def test_a_browser_that_was_left_alone_erases_nothing_and_a_password_does(
    serve_chat: ServePart,
    serve_llm: ServePart,
    chat_address: str,
    chat_database: str,
    database: Database,
    alice: Browser,
):
    with psycopg.connect(chat_database) as connection:
        connection.execute(SAY, [id_of(alice)])
    async with database.transaction() as changing:
        await changing.execute("UPDATE sessions SET auth_time = to_timestamp(0)")
    await alice.refresh()
    request = erasure_pb.EraseUserDataRequest(name=alice.user)

    async with serve_chat(), serve_llm(), channel_to(chat_address) as channel:
        chat = erasure_grpc.ErasureServiceStub(channel)
        refused = await refusal(alice.call(chat.EraseUserData, request))
        assert refused.reason == "REAUTHENTICATION_REQUIRED"
        assert visible(chat_database, alice) == 1

        await alice.delete_user()

    assert visible(chat_database, alice) == 0


async def test_without_llm_the_user_stays_and_a_retry_deletes_everything(
    serve_chat: ServePart, serve_llm: ServePart, llm_database: str, alice: Browser
):
    with psycopg.connect(llm_database) as connection:
        connection.execute(KEEP, [id_of(alice)])

    async with serve_chat():
        async for attempt in patiently():
            with attempt:  # once auth has found out that chat is there
                refused = await refusal(alice.delete_user())
                assert refused.metadata == {"part": "llm"}
        assert refused.reason == "UNAVAILABLE"
        assert (await alice.get_user()).name == alice.user
        assert kept(llm_database, alice) == 1
        async with serve_llm():
            await insisting(alice.delete_user)

    assert kept(llm_database, alice) == 0
    assert (await refusal(alice.sign_in())).reason == "INVALID_CREDENTIALS"


async def test_without_chat_nothing_is_deleted_and_a_retry_deletes_everything(
    serve_chat: ServePart, serve_llm: ServePart, chat_database: str, alice: Browser
):
    with psycopg.connect(chat_database) as connection:
        connection.execute(SAY, [id_of(alice)])
    # More often than a password may be guessed.
    for _ in range(LIMITS.pair + 1):
        refused = await refusal(alice.delete_user())

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert refused.reason == "UNAVAILABLE"
    assert refused.metadata == {"part": "chat"}
    assert refused.retry_seconds
    assert alice.set_cookie is None
    assert (await alice.get_user()).name == alice.user
    assert visible(chat_database, alice) == 1
    async with serve_chat(), serve_llm():
        await insisting(alice.delete_user)
    assert visible(chat_database, alice) == 0
    assert (await refusal(alice.sign_in())).reason == "INVALID_CREDENTIALS"


async def test_with_a_wrong_password_chat_is_not_asked(
    serve_chat: ServePart,
    chat_database: str,
    alice: Browser,
    asked: Callable[[Browser], list[bool]],
):
    with psycopg.connect(chat_database) as connection:
        connection.execute(SAY, [id_of(alice)])
    alice.password = "not the password"

    async with serve_chat():
        refused = await refusal(alice.delete_user())

    assert refused.reason == "INVALID_CREDENTIALS"
    assert visible(chat_database, alice) == 1
    assert asked(alice) == []
    alice.password = PASSWORD
    await alice.sign_in()
