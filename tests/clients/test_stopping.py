"""Ctrl-C while an answer is being written, and an answer that begins anew."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.chat.v1.message_service_pb2 import StopReplyRequest
from services.kit.errors import Overloaded
from tests.clients.conftest import Scripted
from tests.clients.scripted_chat import (
    SECOND,
    Context,
    accepted,
    completed,
    delta,
    ended,
    restarted,
)
from tests.clients.shell import PATIENCE, Shell, Terminal

ENTER = "\r"
CTRL_C = "\x03"
CTRL_D = "\x04"
BEGINNING = "It begins"


class Stoppable:
    """An answer that goes on until it is stopped."""

    def __init__(self, scripted: Scripted) -> None:
        self._stop = asyncio.Event()
        self._reply = Message()
        scripted.chat.streams.append(self.stream)
        scripted.chat.stopping = self.stop

    async def stream(self, reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        """Begin, and wait to be stopped."""
        self._reply = reply
        yield accepted(reply)
        yield delta(1, BEGINNING)
        await self._stop.wait()
        yield ended(1 + len(BEGINNING), reply)

    def stop(self, request: StopReplyRequest) -> None:
        """End where the user has seen it."""
        self._reply.text = BEGINNING[: request.last_seen_seq - 1]
        self._reply.state = Message.STATE_STOPPED
        self._stop.set()


async def presses(terminal: Terminal, key: str, *, until: str) -> None:
    """Press a key again and again until something is seen."""
    # The line editor looks away for a moment between its prompt and its first key.
    while until not in terminal.shown:
        terminal.type(key)
        seen = asyncio.ensure_future(terminal.sees(until))
        await asyncio.wait([seen], timeout=1)
        if not seen.done():
            seen.cancel()
            await asyncio.wait([seen])


async def test_ctrl_c_stops_an_answer_where_it_was_seen(
    scripted: Scripted, signed_in: Shell
) -> None:
    Stoppable(scripted)

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees(BEGINNING)
        terminal.type(CTRL_C)
        await terminal.sees("(stopped)")
        code = await terminal.ended()

    (request,) = scripted.chat.stopped
    assert code == 130
    assert request.last_seen_seq == 1 + len(BEGINNING)
    assert request.request_id
    assert "Traceback" not in terminal.shown


async def test_the_second_ctrl_c_leaves_and_says_how_to_see_the_answer(
    scripted: Scripted, signed_in: Shell
) -> None:
    asked_to_stop = asyncio.Event()
    Stoppable(scripted)
    scripted.chat.stopping = lambda request: asked_to_stop.set()

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees(BEGINNING)
        terminal.type(CTRL_C)
        async with asyncio.timeout(PATIENCE):
            await asked_to_stop.wait()
        terminal.type(CTRL_C)
        code = await terminal.ended()

    (name,) = scripted.chat.conversations
    assert code == 130
    assert "is being written all the same" in terminal.shown
    assert f"parley conversations show {name.rpartition('/')[2]}" in terminal.shown
    assert "Traceback" not in terminal.shown


async def test_an_answer_that_cannot_be_stopped_goes_on(
    scripted: Scripted, signed_in: Shell
) -> None:
    refused = asyncio.Event()

    async def stream(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
        yield accepted(reply)
        yield delta(1, BEGINNING)
        await refused.wait()
        yield delta(10, " and goes on")
        yield ended(22, completed(reply, "It begins and goes on"))

    def refuse(_: StopReplyRequest) -> None:
        refused.set()
        raise Overloaded(retry_seconds=1)

    scripted.chat.streams.append(stream)
    scripted.chat.stopping = refuse

    async with signed_in.terminal("chat", "Hi") as terminal:
        await terminal.sees(BEGINNING)
        terminal.type(CTRL_C)
        code = await terminal.ended()

    assert code == 0
    assert "It begins and goes on" in terminal.shown


async def test_after_ctrl_c_a_conversation_goes_on(
    scripted: Scripted, signed_in: Shell
) -> None:
    Stoppable(scripted)

    async with signed_in.terminal("chat") as terminal:
        await terminal.sees("> ")
        terminal.type(f"Hi{ENTER}")
        await terminal.sees(BEGINNING)
        terminal.type(CTRL_C)
        await terminal.sees("(stopped)")
        await terminal.sees("> ")
        await presses(terminal, CTRL_C, until="Ctrl-D leaves")
        terminal.type(f"Still there?{ENTER}")
        await terminal.sees("You said: Still there?")
        await terminal.sees("> ")
        terminal.type(CTRL_D)

        assert await terminal.ended() == 0

    assert len(scripted.chat.conversations) == 1


async def twice(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
    """Begin, and begin anew."""
    yield accepted(reply)
    yield delta(1, "# Old\n\nnews\n\nhere")
    yield restarted(18)
    yield delta(SECOND, "fresh")
    yield ended(SECOND + 5, completed(reply, "fresh"))


@pytest.mark.parametrize("appended", [True, False])
async def test_a_file_holds_only_the_answer_that_was_begun_anew(
    scripted: Scripted, signed_in: Shell, appended: bool
) -> None:
    scripted.chat.streams.append(twice)
    file = signed_in.home / "answer"
    file.write_text("before\n")

    finished = await signed_in.redirected("chat", "Hi", to=file, append=appended)

    assert finished.err == ""
    assert file.read_text() == ("before\nfresh\n" if appended else "fresh\n")


async def test_where_it_cannot_be_taken_back_the_old_answer_is_said_to_be_void(
    scripted: Scripted, signed_in: Shell
) -> None:
    scripted.chat.streams += [twice, twice]

    piped = await signed_in.run("chat", "Hi")
    async with signed_in.terminal("chat", "Hi") as terminal:
        assert await terminal.ended() == 0

    assert piped.out == "# Old\n\nnews\n\nhere\nfresh\n"
    assert "begins anew" in piped.err
    assert "begins anew" in terminal.shown.partition("news")[2]
