"""The client and the command against the whole system."""

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

import parley_client
from parley_client import (
    Completed,
    Delta,
    MemoryCredentials,
    Parley,
    ParleyError,
    ReplyFailed,
)
from tests.canaries.secrets import PASSWORD
from tests.clients.relay import Relay
from tests.clients.shell import Shell
from tests.doubles.script import Script, words
from tests.stack import Stack

SCRIPT = Script(tokens=words(20))


def stranger() -> str:
    """Make up an address that nobody has."""
    return f"{uuid4().hex}@parley.example"


@pytest.fixture
def script(stack: Stack) -> Script:
    """What the model answers, whatever a test before has told it."""
    stack.upstream.rescript(SCRIPT)
    return SCRIPT


@pytest.fixture
async def parley(stack: Stack, script: Script) -> AsyncIterator[Parley]:
    """Somebody who has just signed up."""
    async with parley_client.connect(stack.url) as parley:
        await parley.sign_up(stranger(), PASSWORD)
        yield parley


@pytest.fixture
async def shell(stack: Stack, script: Script, tmp_path: Path) -> Shell:
    """A shell of somebody who has just signed up."""
    shell = Shell(home=tmp_path, url=stack.url)
    up = ("login", "--sign-up", "--password-stdin", "--email", stranger())
    assert (await shell.run(*up, given=PASSWORD)).code == 0
    return shell


async def test_an_answer_is_streamed_stored_and_deleted_with_its_owner(
    stack: Stack, script: Script
) -> None:
    kept = MemoryCredentials()
    async with parley_client.connect(stack.url, credentials=kept) as parley:
        await parley.sign_up(stranger(), PASSWORD)
        conversation = await parley.conversations.create()
        events = [event async for event in parley.send(conversation, "Hi")]
    async with parley_client.connect(stack.url, credentials=kept) as parley:
        stored = [m async for m in parley.conversations.messages(conversation)]
        await parley.delete_account(PASSWORD)
        with pytest.raises(parley_client.NotSignedIn):
            await parley.user()

    text = "".join(event.text for event in events if isinstance(event, Delta))
    assert text == script.text
    assert isinstance(events[-1], Completed)
    assert events[-1].reply == stored[1]
    assert [message.text for message in stored] == ["Hi", script.text]


async def test_a_reply_survives_a_network_that_is_cut(
    stack: Stack, script: Script
) -> None:
    stack.upstream.rescript(Script(tokens=words(20), stall_after=10))
    stalled = stack.upstream.counts["stalled"]
    port = urlsplit(stack.url).port
    assert port
    async with (
        Relay.to(port) as relay,
        parley_client.connect(relay.url) as parley,
    ):
        await parley.sign_up(stranger(), PASSWORD)
        conversation = await parley.conversations.create()
        text, was_cut = "", False
        async for event in parley.send(conversation, "Hi"):
            if isinstance(event, Delta):
                text += event.text
            if text and not was_cut:
                await stack.upstream.stalled(stalled + 1)
                relay.cut()
                was_cut = True
                stack.upstream.release()
        stored = [m async for m in parley.conversations.messages(conversation)]

    assert was_cut
    assert text == script.text
    assert [message.attempt for message in stored] == [0, 1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "INVALID_FIELD"),
        ("x" * 32_001, "INVALID_FIELD"),
        ("x" * 2_000_000, "REQUEST_TOO_LARGE"),
    ],
    ids=["empty", "long", "huge"],
)
async def test_a_message_that_is_refused_says_why(
    parley: Parley, text: str, reason: str
) -> None:
    conversation = await parley.conversations.create()

    with pytest.raises(ParleyError) as refused:
        async for _ in parley.send(conversation, text):
            pass

    assert refused.value.reason == reason
    assert [m async for m in parley.conversations.messages(conversation)] == []


async def test_what_belongs_to_somebody_else_is_forbidden(
    stack: Stack, parley: Parley
) -> None:
    theirs = await parley.conversations.create()
    async with parley_client.connect(stack.url) as other:
        await other.sign_up(stranger(), PASSWORD)

        with pytest.raises(ParleyError) as forbidden:
            await other.conversations.get(theirs)

    assert forbidden.value.reason == "FORBIDDEN"


async def test_a_model_that_fails_has_a_reason(stack: Stack, parley: Parley) -> None:
    stack.upstream.rescript(Script(status=401))
    conversation = await parley.conversations.create()

    with pytest.raises(ReplyFailed) as failed:
        async for _ in parley.send(conversation, "Hi"):
            pass

    assert failed.value.reason == "MODEL_CREDENTIALS"


async def test_the_command_goes_all_the_way(shell: Shell, script: Script) -> None:
    first = await shell.run("chat", "Summarise this", given="a long text\n")
    second = await shell.run("chat", "--last", "Shorter")
    listed = await shell.run("conversations")
    shown = await shell.run("conversations", "show", "--last")
    models = await shell.run("models")
    gone = await shell.run("delete-account", "-y", "--password-stdin", given=PASSWORD)
    nobody = await shell.run("whoami")

    assert first.out == second.out == script.text + "\n"
    assert len(listed.out.splitlines()) == 1
    # The title may be the model's too.
    assert shown.out.partition("You · ")[2].count(script.text) == 2
    assert "Summarise this\n\na long text\n" in shown.out
    assert models.out.startswith("scripted\t")
    assert (gone.code, nobody.code) == (0, 1)


async def test_an_answer_is_stopped_where_it_was_seen(
    stack: Stack, shell: Shell, script: Script
) -> None:
    stack.upstream.rescript(Script(tokens=words(20), stall_after=10))
    disconnected = stack.upstream.counts["disconnected"]

    async with shell.terminal("chat", "Hi") as terminal:
        await terminal.sees(script.tokens[9].strip())
        terminal.type("\x03")
        await terminal.sees("(stopped)")
        assert await terminal.ended() == 130
    await stack.upstream.disconnected(disconnected + 1)
    shown = await shell.run("conversations", "show", "--last")

    assert "".join(script.tokens[:10]).strip() in shown.out
    assert script.tokens[10].strip() not in shown.out
