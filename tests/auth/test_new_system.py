"""What a system has before anybody has come, and what it never asks for."""

from datetime import timedelta
from typing import Any

import pytest

from parley.auth.v1 import account_service_pb2, session_service_pb2
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock

GUESSABLE = ("hint", "question", "answer", "maiden", "birth")


@pytest.mark.asvs("6.3.2")
async def test_a_new_system_has_no_accounts(database: Database):
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT count(*) FROM users")
        assert await cursor.fetchone() == (0,)


@pytest.mark.asvs("6.4.2")
def test_nobody_is_asked_what_others_could_know():
    fields = [
        field.name
        for module in (account_service_pb2, session_service_pb2)
        for message in module.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    ]

    assert "password" in fields
    assert [name for name in fields if any(word in name for word in GUESSABLE)] == []


@pytest.mark.asvs("6.2.10")
async def test_a_password_stays_good(api: Api, alice: Browser, clock: Clock):
    clock.ahead += timedelta(days=3650)

    await Browser(api, email=alice.email).sign_in()


@pytest.mark.asvs("3.3.4")
async def test_the_refresh_token_is_in_the_cookie_alone(api: Api):
    answers: list[Any] = []

    class Listening(Browser):
        async def call(self, method: Any, request: Any) -> Any:
            answers.append(await super().call(method, request))
            return answers[-1]

    alice = Listening(api)
    for call in (alice.sign_up, alice.sign_in, alice.refresh):
        await call()

        signature = alice.cookie.rpartition(".")[2]
        assert len(signature) == 43
        assert signature not in str(answers[-1])
    assert len(answers) == 3
