"""The `parley` command in scripts and pipes."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from shlex import quote

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from services.kit.fields import InvalidField
from tests.clients.conftest import EMAIL, LOGIN, PASSWORD, Scripted
from tests.clients.scripted_chat import Context, accepted, delta, ended, said
from tests.clients.shell import Shell


async def test_signing_up_in_and_out(shell: Shell) -> None:
    up = await shell.run(*LOGIN, "--sign-up", given=f"{PASSWORD}\n")
    who = await shell.run("whoami")
    out = await shell.run("logout")
    nobody = await shell.run("whoami")
    again = await shell.run(*LOGIN, given=PASSWORD)

    assert (up.code, up.out) == (0, "")
    assert up.err == f"Signed in at {shell.url} as {EMAIL}.\n"
    assert (who.code, who.out) == (0, f"{EMAIL} (ada) at {shell.url}\n")
    assert out.code == 0
    assert nobody.code == 1
    assert nobody.err == (
        f"You are not signed in at {shell.url}. "
        f"Sign in: parley login --url {shell.url}\n"
    )
    assert again.code == 0


async def test_signing_up_with_a_code_that_goes_by_mail(
    scripted: Scripted, shell: Shell
) -> None:
    scripted.auth.code = "12345678"

    wrong = await shell.run(*LOGIN, "--sign-up", given=f"{PASSWORD}\n87654321\n")
    nobody = await shell.run("whoami")
    right = await shell.run(*LOGIN, "--sign-up", given=f"{PASSWORD}\n12345678\n")

    assert wrong.code == 1
    assert "The code is wrong." in wrong.err
    assert nobody.code == 1
    assert (right.code, right.out) == (0, "")
    assert right.err == (
        f"A code was sent to {EMAIL}. It is good for ten minutes.\n"
        f"Signed in at {shell.url} as {EMAIL}.\n"
    )


async def test_a_home_keeps_the_refresh_token_and_no_other_secret(
    scripted: Scripted, signed_in: Shell
) -> None:
    kept = json.loads(signed_in.credentials.read_bytes())
    (user,) = scripted.auth.users

    (refresh_token,) = scripted.auth.refresh_tokens.values()
    assert kept == {scripted.url: {"user": user, "refresh_token": refresh_token}}


async def test_a_question_is_answered_on_stdout_and_nothing_else(
    scripted: Scripted, signed_in: Shell
) -> None:
    answered = await signed_in.run("chat", "What", "is **this**?")

    assert answered.code == 0
    assert answered.out == "You said: What is **this**?\n"
    assert answered.err == ""


async def test_what_is_piped_in_goes_with_the_question(
    scripted: Scripted, signed_in: Shell
) -> None:
    await signed_in.run("chat", "Explain", given="--- a\n+++ b\n")
    await signed_in.run("chat", given="Only this\n")
    await signed_in.run("chat", "Odd", given=b"\xff \0")

    texts = [request.text for request in scripted.chat.sent]
    assert texts == ["Explain\n\n--- a\n+++ b", "Only this", "Odd\n\n\ufffd \ufffd"]


async def test_a_question_goes_into_the_conversation_that_is_named(
    scripted: Scripted, signed_in: Shell
) -> None:
    await signed_in.run("chat", "first")
    await signed_in.run("chat", "second")
    second, first = scripted.chat.conversations

    last = await signed_in.run("chat", "--last", "third")
    named = await signed_in.run("chat", "-c", first.rpartition("/")[2], "fourth")

    assert (last.code, named.code) == (0, 0)
    assert [sent.parent for sent in scripted.chat.sent] == [
        first,
        second,
        second,
        first,
    ]


async def test_a_question_that_is_refused_leaves_no_empty_conversation(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def refuse(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        raise InvalidField(field="text", expected="1 to 32000 characters")
        yield ReplyEvent()

    scripted.chat.streams.append(refuse)

    refused = await signed_in.run("chat", "too long")

    assert refused.code == 1
    assert refused.err == (
        "Parley does not take this text: expected 1 to 32000 characters.\n"
    )
    assert not scripted.chat.conversations


async def test_an_answer_that_fails_keeps_what_there_was(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def fail(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, "half an ans")
        reply.text, reply.state = "half an ans", Message.State.STATE_FAILED
        reply.failure_reason = ErrorReason.ERROR_REASON_MODEL_UNAVAILABLE
        yield ended(12, reply)

    scripted.chat.streams.append(fail)

    failed = await signed_in.run("chat", "Hi")

    assert (failed.code, failed.out) == (1, "half an ans\n")
    assert failed.err == (
        "The model's provider cannot be reached or failed. "
        "Ask again in a moment. [MODEL_UNAVAILABLE]\n"
    )


async def test_conversations_are_listed_shown_and_deleted(
    scripted: Scripted, signed_in: Shell
) -> None:
    await signed_in.run("chat", "Hello there")
    (name,) = scripted.chat.conversations
    id = name.rpartition("/")[2]

    listed = await signed_in.run("conversations")
    shown = await signed_in.run("conversations", "show", id)
    last = await signed_in.run("conversations", "show", "--last")
    deleted = await signed_in.run("conversations", "delete", id)
    missing = await signed_in.run("conversations", "delete", id)
    empty = await signed_in.run("conversations", "list")

    assert listed.out.split("\t")[0] == id
    assert "Hello there\n" in shown.out
    assert "You said: Hello there\n" in shown.out
    assert last.out == shown.out
    assert deleted.code == 0
    assert (missing.code, missing.err) == (
        1,
        "You have no such conversation. See them: parley conversations\n",
    )
    assert (empty.code, empty.out) == (0, "")


async def test_models_are_listed_and_asked(
    scripted: Scripted, signed_in: Shell
) -> None:
    listed = await signed_in.run("models")
    await signed_in.run("chat", "--model", "second", "Hi")

    assert [line.split("\t")[:2] for line in listed.out.splitlines()] == [
        ["first", "openai"],
        ["second", "openai"],
        ["third", "openai"],
    ]
    assert scripted.chat.sent[0].model == "second"


async def test_an_account_is_deleted_with_its_password(
    scripted: Scripted, signed_in: Shell
) -> None:
    await signed_in.run("chat", "Hi")
    delete = ("delete-account", "--password-stdin")

    unsure = await signed_in.run(*delete, given=PASSWORD)
    wrong = await signed_in.run(*delete, "--yes", given="nonsense")
    kept = len(scripted.auth.users), len(scripted.chat.conversations)
    right = await signed_in.run(*delete, "--yes", given=PASSWORD)

    assert unsure.code == 2
    assert wrong.code == 1
    assert kept == (1, 1)
    assert right.code == 0
    assert not scripted.auth.users


async def test_many_processes_at_once_stay_signed_in(signed_in: Shell) -> None:
    finished = await asyncio.gather(*(signed_in.run("whoami") for _ in range(8)))

    assert [(one.code, one.err) for one in finished] == [(0, "")] * 8


async def test_who_reads_no_further_is_not_told_of_it(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.streams.append(
        lambda reply, _: said(reply, *(f"{n:01000}\n" for n in range(500)))
    )
    process = await asyncio.create_subprocess_shell(
        f"{quote(sys.executable)} -m parley_client chat count | head -1",
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=signed_in.environment,
    )

    out, err = await process.communicate()

    assert len(out.splitlines()) == 1
    assert err == b""


async def test_no_token_and_no_password_is_ever_shown(
    scripted: Scripted, shell: Shell
) -> None:
    runs = [
        await shell.run(*LOGIN, "--sign-up", given=PASSWORD),
        await shell.run("whoami"),
        await shell.run("chat", "Hi"),
        await shell.run("conversations"),
        await shell.run("logout"),
        await shell.run("whoami"),
    ]

    shown = "".join(run.out + run.err for run in runs)
    assert PASSWORD not in shown
    assert "access-" not in shown
    assert "#" not in shown  # as every refresh token here has
