"""Signing in where a password is not enough."""

import pytest

from parley.auth.v1.session_service_pb2 import SignInChallenge
from parley_client import Parley, ParleyError, SecondFactorNeeded
from tests.clients.conftest import EMAIL, LOGIN, PASSWORD, Scripted
from tests.clients.shell import Shell

RECOVERY = "abcd-efgh-ijkl-mnop-qrst-uvwx"
LOGIN_BY_HAND = ("login", "--email", EMAIL)
ENTER = "\r"


@pytest.fixture(autouse=True)
async def codes(scripted: Scripted, parley: Parley) -> None:
    """Somebody who has signed up, and has an app and a recovery code since."""
    scripted.auth.codes = {"totp_code 123456", f"recovery_code {RECOVERY}"}
    scripted.auth.factors = [
        SignInChallenge.FACTOR_TOTP,
        SignInChallenge.FACTOR_RECOVERY_CODE,
    ]


async def needed(parley: Parley) -> SecondFactorNeeded:
    with pytest.raises(SecondFactorNeeded) as raised:
        await parley.sign_in(EMAIL, PASSWORD)
    return raised.value


@pytest.mark.parametrize("code", ["123456", "123 456", RECOVERY])
async def test_a_program_goes_on_with_a_code(scripted: Scripted, code: str) -> None:
    async with scripted.connected() as parley:
        asked = await needed(parley)
        await parley.complete_sign_in(asked, code)

        assert (asked.totp, asked.recovery_code) == (True, True)
        assert (await parley.user()).email == EMAIL


async def test_a_wrong_code_may_be_mended(parley: Parley) -> None:
    asked = await needed(parley)

    with pytest.raises(ParleyError) as refused:
        await parley.complete_sign_in(asked, "654321")
    await parley.complete_sign_in(asked, "123456")

    assert refused.value.reason == "INVALID_CREDENTIALS"


async def test_what_was_needed_does_not_show_in_a_log(parley: Parley) -> None:
    asked = await needed(parley)

    assert asked.answered("123456").challenge_token not in f"{asked} {asked!r}"


async def test_login_reads_the_code_after_the_password(shell: Shell) -> None:
    ended = await shell.run(*LOGIN, given=f"{PASSWORD}\n{RECOVERY}\n")

    assert (ended.code, ended.out) == (0, "")
    assert f"as {EMAIL}." in ended.err
    assert shell.credentials.exists()


async def test_login_tries_the_next_line_after_a_wrong_code(shell: Shell) -> None:
    ended = await shell.run(*LOGIN, given=f"{PASSWORD}\n000000\n123456\n")

    assert ended.code == 0
    assert "This code is not right, or was used before." in ended.err


async def test_login_without_a_code_says_what_is_missing(shell: Shell) -> None:
    ended = await shell.run(*LOGIN, given=f"{PASSWORD}\n")

    assert ended.code == 1
    assert ended.err == (
        "A second factor is needed besides the password. "
        "Pipe a code in after it with --password-stdin.\n"
    )
    assert not shell.credentials.exists()


async def test_login_asks_for_a_code_on_a_terminal(shell: Shell) -> None:
    async with shell.terminal(*LOGIN_BY_HAND) as terminal:
        await terminal.sees("Password: ")
        terminal.type(PASSWORD + ENTER)
        await terminal.sees("Code of your authenticator app, or a recovery code: ")
        terminal.type("000000" + ENTER)
        await terminal.sees("not right")
        await terminal.sees("Code of your authenticator app, or a recovery code: ")
        terminal.type("123456" + ENTER)
        await terminal.sees(f"as {EMAIL}.")

        assert await terminal.ended() == 0


@pytest.mark.parametrize(
    ("factor", "question"),
    [
        (SignInChallenge.FACTOR_TOTP, "Code of your authenticator app: "),
        (SignInChallenge.FACTOR_RECOVERY_CODE, "Recovery code: "),
    ],
)
async def test_login_asks_for_what_there_is(
    scripted: Scripted,
    shell: Shell,
    factor: SignInChallenge.Factor.ValueType,
    question: str,
) -> None:
    scripted.auth.factors = [factor]

    async with shell.terminal(*LOGIN_BY_HAND) as terminal:
        await terminal.sees("Password: ")
        terminal.type(PASSWORD + ENTER)
        await terminal.sees(question)
        terminal.type("123456" + ENTER)

        assert await terminal.ended() == 0


async def test_where_a_passkey_alone_is_good_login_says_so(
    scripted: Scripted, shell: Shell
) -> None:
    scripted.auth.factors = [SignInChallenge.FACTOR_PASSKEY]

    ended = await shell.run(*LOGIN, given=f"{PASSWORD}\n123456\n")

    assert ended.code == 1
    assert ended.err == "Only a passkey is good here: sign in with a browser.\n"
