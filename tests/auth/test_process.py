"""The process itself: `python -m services.auth`."""

import asyncio
import json
from pathlib import Path
from urllib.parse import quote

import grpc
import pytest
from grpc_health.v1 import health_pb2
from psycopg import AsyncConnection
from tenacity import retry, retry_if_exception_type, stop_after_delay

from services.auth.joining.joined import SERVICES
from tests.auth.browser import Browser
from tests.auth.process import COMMAND, PATHS, ROOT, running, settings
from tests.calls import refusal


@pytest.fixture
def environment(tmp_path: Path, auth_database: str, redis_url: str) -> dict[str, str]:
    return settings(tmp_path, auth_database, redis_url)


async def test_serves_until_it_is_asked_to_stop(environment: dict[str, str]):
    async with running(environment) as auth:
        for service in ("", *SERVICES):
            answer = await auth.health.Check(
                health_pb2.HealthCheckRequest(service=service)
            )
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        alice = await Browser(auth.api).sign_up()
        assert (await alice.get_user()).email == alice.email

        await auth.stop()


@pytest.mark.asvs("16.2.5", "16.3.1", "16.3.3", "16.3.4")
async def test_logs_what_happens_and_no_secret(
    environment: dict[str, str], auth_database: str, run_folder: Path
):
    async with running(environment) as auth:
        alice = await Browser(auth.api, email="canary.ada@example.com").sign_up()
        first = Browser(auth.api, cookie=alice.cookie)
        await alice.refresh()
        secrets = {"canary", "example.com", "argon2id", alice.password}
        secrets |= set(alice.token.split(".")[1:])
        secrets |= {browser.cookie.split(".")[2] for browser in (alice, first)}
        assert (await refusal(Browser(auth.api, alice.email).sign_up())).reason
        guess = Browser(auth.api, alice.email, password="canary guess")
        while (await refusal(guess.sign_in())).reason != "TOO_MANY_ATTEMPTS":
            pass
        await refusal(Browser(auth.api, "canary.eve@example.com").sign_in())
        await alice.sign_out()
        await refusal(alice.refresh())
        # A defect, with its traceback.
        async with await AsyncConnection.connect(auth_database) as connection:
            await connection.execute("ALTER TABLE sessions RENAME TO elsewhere")
        bug = await refusal(Browser(auth.api, "canary.bob@example.com").sign_up())

        logged = await auth.stop()

    assert bug.reason == "INTERNAL"
    messages = [line["message"] for line in logged]
    for expected in (
        "user created",
        "session begun",
        "sign-in refused",
        "too many attempts",
        "session ended: signed out",
        "unhandled error",
    ):
        assert expected in messages
    assert {line["service"] for line in logged} == {"auth"}
    written = json.dumps(logged)
    assert [secret for secret in secrets if secret in written] == []
    assert alice.user in written
    postgres = (run_folder / "postgres.log").read_text()
    assert [secret for secret in secrets if secret in postgres] == []


async def test_starts_before_postgres_and_works_as_soon_as_that_is_there(
    environment: dict[str, str], postgres_sockets: Path, run_folder: Path
):
    later = run_folder / "later"
    url = environment["AUTH_DATABASE_URL"].replace(
        quote(str(postgres_sockets), safe=""), quote(str(later), safe="")
    )

    async with running({**environment, "AUTH_DATABASE_URL": url}) as auth:
        refused = await refusal(Browser(auth.api).sign_up())
        later.symlink_to(postgres_sockets)
        signing_up = retry(
            retry=retry_if_exception_type(grpc.aio.AioRpcError),
            stop=stop_after_delay(20),
        )(Browser(auth.api).sign_up)

        assert (await signing_up()).user
        await auth.stop()

    assert refused.code is grpc.StatusCode.UNAVAILABLE
    assert refused.reason == "UNAVAILABLE"
    assert refused.metadata == {"part": "postgres"}
    assert refused.retry_seconds


async def refused_settings(environment: dict[str, str]) -> str:
    process = await asyncio.create_subprocess_exec(
        *COMMAND, env=environment, cwd=ROOT, stderr=asyncio.subprocess.PIPE
    )
    _, error = await process.communicate()
    assert process.returncode == 2
    return error.decode()


async def test_says_which_settings_are_missing():
    said = await refused_settings(PATHS)

    for variable in (
        "DATABASE_URL",
        "REDIS_URL",
        "CHAT_ADDRESS",
        "REFRESH_KEY_FILE",
        "SEALING_KEYS_FILE",
        "AUDIT_KEY_FILE",
    ):
        assert f"AUTH_{variable}: Field required. It is: " in said
    assert "Traceback" not in said


@pytest.mark.asvs("16.2.5")
async def test_says_what_is_wrong_with_mail_and_not_the_password(
    environment: dict[str, str],
):
    said = await refused_settings(
        {
            **environment,
            "AUTH_SMTP_URL": "mail://ada:secret-7261@mail.example.com",
            "AUTH_MAIL_FROM": "Parley <parley@example.com>\nBcc: eve@example.com",
            "AUTH_PUBLIC_URL": "javascript:alert(1)",
        }
    )

    assert "AUTH_SMTP_URL: Value error, expected smtp://" in said
    assert "AUTH_MAIL_FROM: " in said
    assert "AUTH_PUBLIC_URL: " in said
    assert "secret-7261" not in said


async def test_says_which_settings_are_wrong(environment: dict[str, str]):
    swapped = {
        **environment,
        "AUTH_SIGNING_KEY_FILE": environment["AUTH_REFRESH_KEY_FILE"],
        "AUTH_REFRESH_KEY_FILE": "/nowhere",
        "AUTH_SEALING_KEYS_FILE": environment["AUTH_REFRESH_KEY_FILE"],
        "AUTH_LISTEN_ADDRESS": "localhost",
    }

    said = await refused_settings(swapped)

    assert "AUTH_SIGNING_KEY_FILE: " in said
    assert "expected a private key on P-256" in said
    assert "AUTH_REFRESH_KEY_FILE: " in said
    assert "cannot read /nowhere" in said
    assert "AUTH_SEALING_KEYS_FILE: " in said
    assert "expected lines of a version" in said
    assert "AUTH_LISTEN_ADDRESS: " in said
    assert "Traceback" not in said
