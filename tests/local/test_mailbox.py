"""Mail of a system on one machine: shown in the browser, and nowhere else."""

import sys
from asyncio.subprocess import DEVNULL, PIPE, create_subprocess_exec
from collections.abc import AsyncIterator

import psutil
import pytest

from deploy.local.mailbox import MAILS, ask, port_of, wait_for_code
from deploy.local.state import ROOT, State
from deploy.local.supervisor import Supervisor
from parley_client import connect
from tests.stack import Stack, running

PASSWORD = "a long enough password"


@pytest.fixture(scope="module")
async def mailing() -> AsyncIterator[Stack]:
    async with running(AUTH_SMTP_URL="") as stack:
        yield stack


def port(stack: Stack) -> int:
    return port_of(State.of(stack.environment))


async def test_up_proves_with_the_code_that_comes_and_leaves_no_mail(mailing: Stack):
    printed = await mailing.local("up")

    assert f"its mail          http://localhost:{port(mailing)}" in printed
    assert "the model         scripted" in printed
    assert ask(port(mailing), "GET", MAILS) == []


async def test_status_says_where_it_is(mailing: Stack):
    lines = (await mailing.local("status")).splitlines()

    (line,) = [line for line in lines if line.startswith("mailbox ")]
    assert "running" in line
    assert f"http://127.0.0.1:{port(mailing)}" in line


async def test_nobody_but_this_machine_reaches_it(mailing: Stack):
    infos = Supervisor(State.of(mailing.environment)).info()
    pid = next(info["pid"] for info in infos if info["name"] == "mailbox")

    listening = [
        each.laddr.ip
        for each in psutil.Process(pid).net_connections()
        if each.status == psutil.CONN_LISTEN
    ]

    assert listening == ["127.0.0.1"] * 2


async def test_a_password_is_set_anew_from_the_first_click_to_the_last(mailing: Stack):
    email = "forgets@parley.example"
    async with connect(mailing.url) as parley:
        verification = await parley.sign_up(email, PASSWORD)
        assert verification
        await parley.complete_sign_up(verification, wait_for_code(port(mailing), email))
        await parley.sign_out()

        verification = await parley.account.request_password_reset(email)
        code = wait_for_code(port(mailing), email)
        await parley.account.reset_password(verification, code, PASSWORD + " 2")
        await parley.sign_in(email, PASSWORD + " 2")

        assert (await parley.user()).email_verified
        await parley.account.change_password(PASSWORD + " 2", PASSWORD)
        assert (await parley.account.rename("Ada")).display_name == "Ada"
        verification = await parley.account.change_email("other@parley.example")
        assert verification
        verification = await parley.account.resend_code(verification)


async def test_the_command_signs_up_with_the_code(mailing: Stack):
    email = "types@parley.example"
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "parley_client", "login", "--sign-up"),
        *("--email", email, "--password-stdin", "--url", mailing.url),
        cwd=ROOT,
        env={**mailing.environment, "HOME": mailing.environment["PARLEY_STATE"]},
        stdin=PIPE,
        stdout=DEVNULL,
        stderr=PIPE,
    )
    assert process.stdin
    process.stdin.write(f"{PASSWORD}\n".encode())
    await process.stdin.drain()
    code = wait_for_code(port(mailing), email)

    _, said = await process.communicate(f"{code}\n".encode())

    assert process.returncode == 0, said.decode()
    assert f"A code was sent to {email}" in said.decode()
    assert f"Signed in at {mailing.url} as {email}" in said.decode()


async def test_what_is_sent_stands_in_no_log(mailing: Stack):
    email = "canary-mail-8812@parley.example"
    async with connect(mailing.url) as parley:
        assert await parley.sign_up(email, "canary-password-8812")
    code = wait_for_code(port(mailing), email)

    logs = [log.read_text() for log in (mailing.state / "logs").iterdir()]

    assert logs
    for secret in ("canary-mail-8812", "canary-password-8812", code):
        assert not [log for log in logs if secret in log]
