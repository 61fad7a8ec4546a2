"""Asking about documents and with tools: `parley chat` in pipes."""

from collections.abc import AsyncIterator

import pytest

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.error.v1.error_reason_pb2 import ErrorReason
from parley.llm.v1.generation_pb2 import Retrieval, ToolCall
from parley.llm.v1.tool_service_pb2 import DecideToolCallRequest
from tests.clients.conftest import Scripted
from tests.clients.scripted_beside import CALL, beside, call, told
from tests.clients.scripted_chat import Context, accepted, completed, ended
from tests.clients.shell import Shell


async def test_what_is_beside_the_text_stays_out_of_the_pipe(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.streams.append(told)

    answered = await signed_in.run("chat", "Hi")

    assert answered.code == 0
    assert answered.out == "It is 42 [2][1].\n"
    assert answered.err == (
        'Calculator {"expression": "6*7"} → 4 ]0;owned31m2\n'
        "\n[1] b.md\n[2] a]0;owned31m.pdf, p. 12 · I\n"
    )


async def test_documents_that_cannot_be_searched_are_told_of(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def degraded(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, retrieval=Retrieval(degraded=True))
        yield ended(1, completed(reply, "Hm"))

    scripted.chat.streams.append(degraded)

    answered = await signed_in.run("chat", "Hi")

    assert answered.out == "Hm\n"
    assert answered.err == (
        "(Your documents could not be searched; this goes without them.)\n"
    )


async def test_a_call_that_needs_somebody_is_denied_in_a_pipe(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def asks(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=call(ToolCall.STATE_AWAITING_APPROVAL))
        await scripted.llm.tools.decision.wait()
        yield beside(1, tool_call=call(ToolCall.STATE_DENIED))
        yield ended(1, completed(reply, "Then not."))

    scripted.chat.streams.append(asks)

    answered = await signed_in.run("chat", "Hi")

    (decided,) = scripted.llm.tools.decided
    assert decided.name == CALL.name
    assert decided.decision == DecideToolCallRequest.DECISION_DENY
    assert answered.out == "Then not.\n"
    assert answered.err == (
        "Denied, because nobody is there to agree: Calculator\n"
        '{"expression": "6*7"}\n'
        'Calculator {"expression": "6*7"} → denied\n'
    )


async def test_a_tool_of_a_server_is_asked_about_by_its_id(
    scripted: Scripted, signed_in: Shell
) -> None:
    waits = ToolCall(
        name="other",
        tool="tools/wiki__search",
        display_name='Calculator {"expression": "6*7"}',
        arguments='{"query": "secrets"}',
        state=ToolCall.STATE_AWAITING_APPROVAL,
    )

    async def asks(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=waits)
        await scripted.llm.tools.decision.wait()
        yield ended(1, completed(reply, "Then not."))

    scripted.chat.streams.append(asks)

    answered = await signed_in.run("chat", "Hi")

    assert answered.err == (
        "Denied, because nobody is there to agree: "
        'wiki__search (Calculator {"expression": "6*7"})\n'
        '{"query": "secrets"}\n'
    )


async def test_files_are_attached_when_they_are_ready(
    scripted: Scripted, signed_in: Shell
) -> None:
    for name in ("one.txt", "two.txt"):
        (signed_in.home / name).write_bytes(b"x" * 600_000)
    scripted.llm.knowledge.cuts.append(300_000)

    answered = await signed_in.run(
        "chat", "-a", "one.txt", "--attach", "two.txt", "Sum up"
    )

    assert answered.code == 0, answered
    (asked,) = scripted.chat.sent
    assert list(asked.attachments) == [*scripted.llm.knowledge.documents]
    assert not asked.options.HasField("knowledge")
    sizes = [len(file) for file in scripted.llm.knowledge.files.values()]
    assert sizes == [600_000, 600_000]


async def test_nothing_is_asked_about_a_file_that_cannot_be_read(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "scan.pdf").write_bytes(b"%PDF")
    without = ErrorReason.ERROR_REASON_DOCUMENT_WITHOUT_TEXT
    scripted.llm.knowledge.unreadable = without

    answered = await signed_in.run("chat", "--attach", "scan.pdf", "Sum up")

    assert (answered.code, answered.out) == (1, "")
    assert "Have its text recognised" in answered.err
    assert scripted.chat.sent == []
    assert scripted.chat.conversations == {}
    assert scripted.llm.knowledge.documents == {}


async def test_what_an_answer_is_to_rest_on_is_found_by_name(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "a.txt").write_bytes(b"a")
    (signed_in.home / "schema.json").write_text('{"type": "object"}')
    await signed_in.run("documents", "upload", "a.txt")
    await signed_in.run("collections", "create", "Work")
    await signed_in.run("prompts", "create", "Translate", "Into {{language}}.")
    await signed_in.run("assistants", "create", "Clerk")

    answered = await signed_in.run(
        *("chat", "--document", "a.txt", "--collection", "Work"),
        *("--assistant", "Clerk", "--prompt", "Translate", "--var", "language=German"),
        *("--tool", "calculator", "--tool", "wiki__search", "--cached"),
        *("--schema", "schema.json", "Hi"),
    )

    assert answered.code == 0, answered
    (asked,) = scripted.chat.sent
    options, llm = asked.options, scripted.llm
    assert list(options.knowledge.documents) == [*llm.knowledge.documents]
    assert list(options.knowledge.collections) == [*llm.knowledge.collections]
    assert [options.assistant] == [*llm.kept.assistants]
    assert [options.prompt] == [*llm.kept.prompts]
    assert dict(options.prompt_variables) == {"language": "German"}
    assert list(options.tools) == ["tools/calculator", "tools/wiki__search"]
    assert options.response_schema == '{"type": "object"}'
    assert options.cached
    assert not options.knowledge.all


async def test_all_documents_are_asked(scripted: Scripted, signed_in: Shell) -> None:
    await signed_in.run("chat", "--knowledge", "Hi")

    assert scripted.chat.sent[0].options.knowledge.all


@pytest.mark.parametrize(
    ("arguments", "tells"),
    [
        (("--document", "x"), "there is no document 'x'"),
        (("--collection", "x"), "there is no collection 'x'"),
        (("--assistant", "x"), "there is no assistant 'x'"),
        (("--prompt", "x"), "there is no prompt 'x'"),
        (("--attach", "x"), "does not exist"),
        (("--schema", "x"), "does not exist"),
        (("--var", "x"), "NAME=VALUE"),
    ],
)
async def test_what_is_not_there_is_not_asked_about(
    scripted: Scripted, signed_in: Shell, arguments: tuple[str, ...], tells: str
) -> None:
    refused = await signed_in.run("chat", *arguments, "Hi")

    assert (refused.code, refused.out) == (2, "")
    assert tells in " ".join(refused.err.replace("│", "").split())
    assert scripted.chat.sent == []
