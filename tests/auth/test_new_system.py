"""What a system has before anybody has come, and what it never asks for."""

from datetime import timedelta
from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import pytest

import parley.auth.v1
from services.kit.postgres import Database
from tests.auth.browser import Api, Browser
from tests.auth.conftest import Clock

GUESSABLE = ("hint", "question", "answer", "maiden", "birth")
MODULES = [
    import_module(f"{parley.auth.v1.__name__}.{module.name}")
    for module in iter_modules(parley.auth.v1.__path__)
    if module.name.endswith("_pb2")
]


@pytest.mark.asvs("6.3.2")
async def test_a_new_system_has_no_accounts(api: Api, database: Database):
    """`api`: auth has started, so whatever it makes at its start is there."""
    async with database.transaction() as connection:
        cursor = await connection.execute("SELECT count(*) FROM users")
        assert await cursor.fetchone() == (0,)


@pytest.mark.asvs("6.4.2")
def test_nobody_is_asked_what_others_could_know():
    fields = [
        field.name
        for module in MODULES
        for message in module.DESCRIPTOR.message_types_by_name.values()
        for field in message.fields
    ]

    assert {"password", "recovery_code", "new_password"} <= set(fields)
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
