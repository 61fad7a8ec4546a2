"""Signing in by way of a browser, and with an API key."""

import json
import signal

import pytest

import parley_client
from parley_client import MemoryCredentials, ParleyError
from parley_client.command.signing_in import is_page
from services.auth.devices.model import (
    AccessDenied,
    AuthorizationPending,
    DeviceCodeExpired,
)
from services.kit.caller import ReauthenticationRequired
from tests.clients.conftest import EMAIL, PASSWORD, Scripted
from tests.clients.scripted_keys import LINK
from tests.clients.shell import Shell


@pytest.fixture
async def approver(scripted: Scripted, signed_in: Shell) -> str:
    """Somebody who has an account, and approves from elsewhere."""
    (scripted.keys.user,) = scripted.auth.users
    assert (await signed_in.run("logout")).code == 0
    return scripted.keys.user


async def test_a_terminal_is_signed_in_by_way_of_a_browser(
    scripted: Scripted, signed_in: Shell, approver: str
) -> None:
    scripted.keys.polls = [AuthorizationPending(), AuthorizationPending(), None]

    async with signed_in.terminal("login") as terminal:
        before = await terminal.sees(LINK)
        await terminal.sees("WDJB-MJHT")
        await terminal.sees(f"Signed in at {signed_in.url} as {EMAIL}.")
        code = await terminal.ended()

    assert code == 0
    assert "approve if the code is the same" in before
    assert scripted.keys.asked_by[0].startswith("parley on ")
    assert (await signed_in.run("whoami")).code == 0
    kept = json.loads(signed_in.credentials.read_bytes())[scripted.url]
    assert kept["user"] == approver
    assert "a secret" not in str(kept)


@pytest.mark.parametrize(
    ("refused", "said"),
    [
        (AccessDenied(), "You refused this terminal in the browser"),
        (DeviceCodeExpired(), "Nobody approved in time. Begin again: parley login"),
    ],
)
async def test_a_terminal_that_is_not_approved_is_not_signed_in(
    scripted: Scripted, signed_in: Shell, approver: str, refused, said: str
) -> None:
    scripted.keys.polls = [AuthorizationPending(), refused]

    async with signed_in.terminal("login", "--no-browser") as terminal:
        await terminal.sees(said)
        code = await terminal.ended()

    assert code == 1
    assert (await signed_in.run("whoami")).code == 1


async def test_ctrl_c_ends_the_waiting_and_keeps_nothing(
    scripted: Scripted, signed_in: Shell, approver: str
) -> None:
    scripted.keys.polls = [AuthorizationPending()] * 1_000

    async with signed_in.terminal("login") as terminal:
        await terminal.sees("Waiting for you")
        terminal.type("\x03")
        code = await terminal.ended()

    assert code == 128 + signal.SIGINT
    assert (await signed_in.run("whoami")).code == 1


@pytest.mark.parametrize(
    ("link", "opened"),
    [
        (LINK, True),
        ("http://localhost:8080/device#WDJB-MJHT", True),
        ("file:///etc/passwd", False),
        ("steam://run/1", False),
        ("javascript:alert(1)", False),
        ("--new-window", False),
        ("", False),
    ],
)
def test_a_server_opens_pages_and_no_programs(link: str, opened: bool) -> None:
    assert is_page(link) is opened


async def test_a_script_is_told_how_to_sign_in(shell: Shell) -> None:
    refused = await shell.run("login")

    assert refused.code == 2
    assert "--password-stdin" in refused.err
    assert "PARLEY_API_KEY" in refused.err


async def test_who_polls_too_fast_waits_longer(scripted: Scripted) -> None:
    async with scripted.connected() as parley:
        waiting = await parley.sign_in_with_browser("here")
        scripted.keys.polls = [AccessDenied()]
        with pytest.raises(ParleyError) as refused:
            await waiting.approved()

    assert refused.value.reason == "ACCESS_DENIED"


async def test_a_key_is_made_used_listed_and_revoked(
    scripted: Scripted, signed_in: Shell
) -> None:
    made = await signed_in.run("keys", "create", "nightly", "-s", "chat", "--days", "7")
    key = made.out.strip()
    machine = Shell(
        home=signed_in.home / "machine",
        url=signed_in.url,
        variables={"PARLEY_API_KEY": key},
    )
    machine.home.mkdir()
    asked = await machine.run("chat", "Hello")
    listed = await signed_in.run("keys", "list")
    id = listed.out.split("\t")[0]
    revoked = await signed_in.run("keys", "revoke", id)
    refused = await machine.run("chat", "Hello")

    assert (made.code, made.err.splitlines()[0]) == (
        0,
        "Keep it now: it cannot be shown again.",
    )
    assert (asked.code, asked.out) == (0, "You said: Hello\n")
    assert not machine.credentials.exists()
    assert listed.out.rstrip("\n").split("\t")[1:3] == ["parley_12345678", "chat"]
    assert key not in listed.out
    assert revoked.code == 0
    assert refused.code == 1
    assert "parley keys create" in refused.err
    assert key not in refused.err


async def test_a_key_is_kept_instead_of_a_session_and_forgotten_again(
    scripted: Scripted, signed_in: Shell
) -> None:
    key = (await signed_in.run("keys", "create", "ci")).out.strip()
    await signed_in.run("logout")

    wrong = await signed_in.run("login", "--api-key", given="parley_wrong\n")
    kept = await signed_in.run("login", "--api-key", given=f"{key}\n")
    asked = await signed_in.run("chat", "Hello")
    out = await signed_in.run("logout")
    nobody = await signed_in.run("chat", "Hello")

    assert (wrong.code, kept.code, asked.code, out.code) == (1, 0, 0, 0)
    assert nobody.code == 1
    assert key in scripted.keys.keys
    assert key not in signed_in.credentials.read_text()


async def test_a_program_is_whose_key_it_has(scripted: Scripted) -> None:
    async with scripted.connected() as parley:
        await parley.sign_up(EMAIL, PASSWORD)
        new = await parley.api_keys.create("program")
        renamed = await parley.api_keys.rename(new.api_key, "other")
    credentials = MemoryCredentials()

    async with parley_client.connect(
        scripted.url, credentials=credentials, api_key=new.key
    ) as program:
        conversation = await program.conversations.create()
        scripted.auth.access_tokens.clear()
        again = await program.conversations.get(conversation)

    assert again.name == conversation.name
    assert renamed.display_name == "other"
    assert new.key not in repr(new)
    assert conversation.name.startswith(new.api_key.name.partition("/apiKeys/")[0])


async def test_who_erases_everything_shows_once_more_who_they_are(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.llm.chat_erasure.refusals = [ReauthenticationRequired()]
    refused = await signed_in.run("erase-data", "--yes")
    scripted.llm.chat_erasure.refusals = [ReauthenticationRequired()]
    erased = await signed_in.run(
        "erase-data", "--yes", "--password-stdin", given=PASSWORD
    )

    assert refused.code == 1
    assert "--password-stdin" in refused.err
    assert erased.code == 0, erased.err
    assert "everything will be gone by" in erased.err


async def test_who_is_asked_shows_once_more_who_they_are(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.keys.refusals = [ReauthenticationRequired()]
    refused = await signed_in.run("keys", "create", "ci")
    scripted.keys.refusals = [ReauthenticationRequired()]
    made = await signed_in.run(
        "keys", "create", "ci", "--password-stdin", given=PASSWORD
    )

    assert refused.code == 1
    assert "--password-stdin" in refused.err
    assert made.code == 0, made.err
