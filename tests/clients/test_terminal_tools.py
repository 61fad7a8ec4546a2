"""Asking about documents and with tools, on a terminal."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.llm.v1.document_pb2 import Document
from parley.llm.v1.generation_pb2 import ToolCall
from parley.llm.v1.tool_service_pb2 import DecideToolCallRequest
from services.chat.messages.model import ReplyInProgress
from tests.clients.conftest import Scripted
from tests.clients.scripted_beside import CALL, beside, call, thought, told
from tests.clients.scripted_chat import Context, accepted, completed, ended
from tests.clients.scripted_documents import PASSAGE, citation
from tests.clients.shell import Shell

ENTER = "\r"
CTRL_C = "\x03"
CTRL_D = "\x04"


async def test_thoughts_are_dim_and_sources_are_under_the_answer(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.streams.append(told)

    async with signed_in.terminal("chat", "Hi") as terminal:
        assert await terminal.ended() == 0

    assert "\x1b[2mLet me see\x1b[0m" in terminal.shown
    answer = terminal.shown.index("It is 42")
    assert terminal.shown.index("Let me see") < answer
    assert terminal.shown.index("Calculator {") < answer
    assert terminal.shown.index("[1] b.md") > answer
    assert "\x1b]0;" not in terminal.shown
    assert "\x07" not in terminal.shown


async def test_a_thought_cannot_steer_the_terminal(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def think(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield thought(1, 0, "Hm\x1b]0;ow")
        yield thought(1, 8, "ned\x07 [red]so[/red]")
        yield ended(1, completed(reply, "Yes"))

    scripted.chat.streams.append(think)

    async with signed_in.terminal("chat", "Hi") as terminal:
        assert await terminal.ended() == 0

    assert "Hm]0;owned [red]so[/red]" in terminal.shown
    assert "\x1b]0;" not in terminal.shown
    assert "\x07" not in terminal.shown


@pytest.mark.parametrize(
    ("keys", "decision", "state"),
    [
        ("y", DecideToolCallRequest.DECISION_APPROVE, ToolCall.STATE_SUCCEEDED),
        ("n", DecideToolCallRequest.DECISION_DENY, ToolCall.STATE_DENIED),
        ("", DecideToolCallRequest.DECISION_DENY, ToolCall.STATE_DENIED),
    ],
)
async def test_a_call_that_needs_somebody_asks(
    scripted: Scripted,
    signed_in: Shell,
    keys: str,
    decision: DecideToolCallRequest.Decision.ValueType,
    state: ToolCall.State.ValueType,
) -> None:
    async def asks(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield thought(1, 0, "I could calculate")
        yield beside(1, tool_call=call(ToolCall.STATE_AWAITING_APPROVAL))
        await scripted.llm.tools.decision.wait()
        yield beside(1, tool_call=call(state, "42"))
        yield ended(1, completed(reply, "There you are."))

    scripted.chat.streams.append(asks)

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees("wants to call Calculator")
        await terminal.sees('{"expression": "6*7"}')
        await terminal.sees("[y/n]: ")
        terminal.type(f"perhaps{ENTER}")
        await terminal.sees("[y/n]: ")
        terminal.type(keys + ENTER)
        await terminal.sees("There you are.")
        assert await terminal.ended() == 0

    (decided,) = scripted.llm.tools.decided
    assert (decided.name, decided.decision) == (CALL.name, decision)


async def test_a_call_that_was_decided_elsewhere_asks_no_more(
    scripted: Scripted, signed_in: Shell
) -> None:
    elsewhere = asyncio.Event()
    waits = ToolCall.STATE_AWAITING_APPROVAL

    async def asks(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=call(waits))
        await elsewhere.wait()
        yield beside(1, tool_call=call(ToolCall.STATE_DENIED))
        other = ToolCall(name="other", display_name="Other", state=waits)
        yield beside(1, tool_call=other)
        await scripted.llm.tools.decision.wait()
        yield ended(1, completed(reply, "Then that."))

    scripted.chat.streams.append(asks)

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees("[y/n]: ")
        elsewhere.set()
        await terminal.sees("wants to call Other")
        await terminal.sees("[y/n]: ")
        terminal.type(f"y{ENTER}")
        await terminal.sees("Then that.")
        assert await terminal.ended() == 0

    assert [each.name for each in scripted.llm.tools.decided] == ["other"]


async def test_ctrl_c_stops_an_answer_that_asks(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def asks(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=call(ToolCall.STATE_AWAITING_APPROVAL))
        await scripted.llm.tools.decision.wait()
        reply.state = Message.State.STATE_STOPPED
        yield ended(1, reply)

    scripted.chat.streams.append(asks)
    scripted.chat.stopping = lambda _: scripted.llm.tools.decision.set()

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees("[y/n]: ")
        terminal.type(CTRL_C)
        await terminal.sees("(stopped)")
        assert await terminal.ended() == 130

    assert len(scripted.chat.stopped) == 1
    assert scripted.llm.tools.decided == []


async def test_a_decision_that_comes_too_late_is_said(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def asks(reply: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, tool_call=call(ToolCall.STATE_AWAITING_APPROVAL))
        await scripted.llm.tools.decision.wait()
        yield ended(1, completed(reply, "Done without."))

    scripted.chat.streams.append(asks)
    scripted.llm.tools.nothing_waits = True

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees("[y/n]: ")
        terminal.type(f"y{ENTER}")
        await terminal.sees("does not wait for you any more")
        scripted.llm.tools.decision.set()
        await terminal.sees("Done without.")
        assert await terminal.ended() == 0


async def test_a_dialogue_rests_on_what_it_is_told(
    scripted: Scripted, signed_in: Shell
) -> None:
    (signed_in.home / "a.txt").write_bytes(b"a")
    await signed_in.run("collections", "create", "Work")
    await signed_in.run("assistants", "create", "Clerk")
    chat, llm = scripted.chat, scripted.llm

    async with signed_in.terminal("chat") as terminal:

        async def enter(line: str, sees: str) -> None:
            await terminal.sees("> ")
            terminal.type(line + ENTER)
            await terminal.sees(sees)

        await enter("/attach no.txt", "There is no file 'no.txt'")
        await enter("/attach a.txt", "a.txt goes with your next question.")
        await enter("/knowledge Work", "Answers rest on what is in Work.")
        await enter("/knowledge a.txt", "Answers rest on a.txt.")
        await enter("/knowledge nothing", "there is no document 'nothing'")
        await enter("/assistant Clerk", "Clerk answers.")
        await enter("/tools", "wiki__search")
        await enter("/tools calculator", "may call: calculator.")
        await enter("first", "You said: first")
        await enter("/assistant", "No assistant answers.")
        await enter("/tools none", "may call: none.")
        await enter("/knowledge all", "all your documents.")
        await enter("second", "You said: second")
        await enter("/knowledge", "Answers rest on no documents.")
        await enter("third", "You said: third")
        await enter("/help", "/sources [N]")
        await terminal.sees("> ")
        terminal.type(CTRL_D)
        assert await terminal.ended() == 0

    first, second, third = chat.sent
    (document,), (work,) = llm.knowledge.documents, llm.knowledge.collections
    assert [list(each.attachments) for each in chat.sent] == [[document], [], []]
    assert list(first.options.knowledge.collections) == [work]
    assert list(first.options.knowledge.documents) == [document]
    assert [first.options.assistant] == [*llm.kept.assistants]
    assert list(first.options.tools) == ["tools/calculator"]
    assert second.options.knowledge.all
    assert (second.options.assistant, list(second.options.tools)) == ("", [])
    assert not third.options.HasField("knowledge")


async def test_a_dialogue_shows_sources_at_their_places_and_the_window(
    scripted: Scripted, signed_in: Shell
) -> None:
    document = Document(name="users/u/documents/d", display_name="a\x1b]0;x\x07.pdf")
    scripted.llm.knowledge.documents[document.name] = document
    source = citation(document, 1)

    async def cites(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield beside(1, citation=source)
        reply.CopyFrom(completed(reply, "So it is [1]."))
        reply.citations.append(source)
        scripted.chat.messages[reply.name] = reply
        (conversation,) = scripted.chat.conversations.values()
        conversation.current_message = reply.name
        yield ended(1, reply)

    scripted.chat.streams.append(cites)

    async with signed_in.terminal("chat") as terminal:

        async def enter(line: str, sees: str) -> str:
            await terminal.sees("> ")
            terminal.type(line + ENTER)
            return await terminal.sees(sees)

        await enter("/sources", "There is no answer yet")
        await enter("/tokens", "There is no answer yet")
        await enter("Is it?", "[1] a]0;x.pdf, p. 3")
        await enter("/sources", "[1] a]0;x.pdf, p. 3")
        await enter("/sources 1", "Before it. Then ")
        await terminal.sees(f"\x1b[1m{PASSAGE}\x1b[0m")
        await terminal.sees(", and after it.")
        await enter("/sources 2", "There is no source 2")
        await enter("/tokens", "first reads about 1,234 tokens of 4,936 (25%)")
        await terminal.sees("2 messages no longer fit.")
        await terminal.sees("> ")
        terminal.type(CTRL_D)
        assert await terminal.ended() == 0

    (counted,) = scripted.chat.counted
    assert [turn.text for turn in counted.generation.turns] == ["So it is [1]."]
    assert "\x1b]0;" not in terminal.shown


async def test_a_file_stays_attached_when_the_question_is_refused(
    scripted: Scripted, signed_in: Shell
) -> None:
    async def refuse(_: Message, context: Context) -> AsyncIterator[ReplyEvent]:
        raise ReplyInProgress
        yield ReplyEvent()

    (signed_in.home / "a.txt").write_bytes(b"a")
    scripted.chat.streams.append(refuse)

    async with signed_in.terminal("chat", "--attach", "a.txt") as terminal:
        for line, sees in (
            ("first", "still being written"),
            ("second", "You said: second"),
            ("third", "You said: third"),
        ):
            await terminal.sees("> ")
            terminal.type(line + ENTER)
            await terminal.sees(sees)
        await terminal.sees("> ")
        terminal.type(CTRL_D)
        assert await terminal.ended() == 0

    (document,) = scripted.llm.knowledge.documents
    attached = [list(each.attachments) for each in scripted.chat.sent]
    assert attached == [[document], [document], []]
