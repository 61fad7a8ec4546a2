"""What is looked for is found where it is, in every form, and named without it."""

import os
import subprocess
import sys
from base64 import b64encode, urlsafe_b64encode
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import psycopg
import pytest

from deploy.local.state import State
from parley_client import ParleyError, connect
from tests.canaries.looking import (
    SecretFound,
    in_database,
    in_folder,
    in_system,
    refuse,
)
from tests.canaries.secrets import PASSWORD, PROMPT, found
from tests.edge.patience import until
from tests.stack import Stack

ROOT = Path(__file__).parents[2]

LEAKING = """
import logging, sys
from tests.canaries.secrets import PASSWORD

def test_logs():
    logging.getLogger("services").info("signed in", extra={"password": "no"})
    logging.getLogger("services").info("signed in with %s", PASSWORD)

def test_prints():
    sys.stderr.write("Bearer eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0." + "A" * 86)

def test_is_silent():
    logging.getLogger("services").info("signed in")
"""


def test_a_test_that_logs_a_secret_fails(tmp_path: Path):
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    options = ("-p", "tests.canaries.plugin", "--log-level=INFO", "--no-header")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "--rootdir", tmp_path, *options, tmp_path],
        check=False,
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/gen/python"},
    )

    assert ran.returncode == 1
    assert ("2 failed, 1 passed" in ran.stdout) is True
    assert ("logged: a marked secret in Captured log call" in ran.stdout) is True
    assert ("logged: an access token in Captured stderr call" in ran.stdout) is True


@pytest.mark.parametrize(
    "form",
    [
        PASSWORD,
        PASSWORD.upper(),
        quote(PASSWORD),
        PASSWORD.encode().hex(),
        *(b64encode(b"x" * n + PASSWORD.encode()).decode() for n in range(3)),
        urlsafe_b64encode(b"ab" + PASSWORD.encode()).decode(),
        repr({"password": PASSWORD}),
    ],
)
def test_a_secret_is_found_in_every_form(form: str):
    assert found(f"a line: {form}\n".encode()) == ["a marked secret"]


def test_a_leak_is_named_by_its_file_and_not_by_itself(tmp_path: Path):
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs/auth.log").write_text(f'{{"message": "{PROMPT}"}}\n')
    (tmp_path / "logs/chat.log").write_text('{"message": "a reply ended"}\n')
    (tmp_path / "logs/llm.log").write_text("-----BEGIN EC PRIVATE KEY-----\n")

    with pytest.raises(SecretFound) as caught:
        refuse(in_folder(tmp_path))

    assert str(caught.value) == (
        f"a marked secret in {tmp_path}/logs/auth.log; "
        f"a private key in {tmp_path}/logs/llm.log"
    )


def test_a_secret_in_a_table_is_found(auth_database: str):
    assert in_database(auth_database) == []
    with psycopg.connect(auth_database) as connection:
        connection.execute(
            """INSERT INTO users (id, email, email_key, display_name, password_hash,
            create_time) VALUES (gen_random_uuid(), 'a', 'a', 'a', %s, now())""",
            [PASSWORD],
        )

    assert in_database(auth_database) == ["a marked secret in the table users"]


def logs(stack: Stack) -> str:
    folder = stack.state / "logs"
    return "".join(path.read_text() for path in folder.iterdir())


@pytest.mark.asvs("16.2.5")
async def test_nothing_that_people_keep_to_themselves_gets_into_a_log(stack: Stack):
    email = f"{uuid4().hex}@example.com"
    async with connect(stack.url) as parley:
        await parley.sign_up(email, PASSWORD)
        conversation = await parley.conversations.create(title=PROMPT)
        said = [event async for event in parley.send(conversation, PROMPT)]
        found = [it async for it in parley.search(PROMPT)]
        with pytest.raises(ParleyError):
            await parley.delete_account(f"{PASSWORD}, almost")
    async with connect(stack.url) as stranger:
        with pytest.raises(ParleyError):
            await stranger.sign_in(email, f"{PASSWORD}, almost")

    assert said
    assert found
    # What is logged comes to its file through a pipe, after the answer maybe.
    await until(lambda: "session begun" in logs(stack))
    await until(lambda: "sign-in refused" in logs(stack))
    assert in_system(State.of(stack.environment)) == []
    planted = stack.state / "logs/planted.log"
    planted.write_text(f"signing in with {PASSWORD}\n")
    try:
        assert in_system(State.of(stack.environment)) == [
            f"a marked secret in {planted}"
        ]
    finally:
        planted.unlink()
