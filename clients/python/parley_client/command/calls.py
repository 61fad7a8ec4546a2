"""The tools that an answer uses, and the person's say in it."""

import asyncio
import os
import sys
import termios
from contextlib import suppress

from parley_client import Parley, ParleyError, ToolCall
from parley_client.command.failures import advice, complain
from parley_client.command.harmless import one_line
from parley_client.command.screen import Answer, console, note

WIDTH = 120  # characters of arguments and of a result
SEPARATOR = "__"  # between a server and its tool; Parley's own have none
ENDINGS = {
    ToolCall.STATE_FAILED: "failed: ",
    ToolCall.STATE_DENIED: "denied ",
}
ENDED = (ToolCall.STATE_SUCCEEDED, *ENDINGS)


class Calls:
    """The calls of one answer."""

    def __init__(self, parley: Parley, shown: Answer) -> None:
        self._parley = parley
        self._shown = shown
        # By the names of the calls that wait for the person.
        self._asking: dict[str, asyncio.Task[None]] = {}
        self._one_at_a_time = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def take(self, call: ToolCall) -> None:
        """Show how a call has ended, or ask whether it may be made."""
        if call.state == ToolCall.STATE_AWAITING_APPROVAL:
            task = asyncio.create_task(self._decide(call))
            self._asking[call.name] = task
            self._tasks.append(task)
            return
        if asking := self._asking.pop(call.name, None):
            # Decided: here, on another device, or by the time that has passed.
            asking.cancel()
        if call.state in ENDED:
            note(line(call))

    def void(self) -> None:
        """Ask nothing more."""
        for asking in self._asking.values():
            asking.cancel()
        self._asking.clear()

    async def end(self) -> None:
        """Ask nothing more, and wait until the screen is given back."""
        self.void()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _decide(self, call: ToolCall) -> None:
        async with self._one_at_a_time:
            try:
                if sys.stdin.isatty() and sys.stderr.isatty():
                    approve = await self._asked(call)
                else:
                    approve = False
                    note(f"Denied, because nobody is there to agree: {wanted(call)}")
                await self._parley.tools.decide(call, approve=approve)
            except ParleyError as error:
                complain(advice(error, self._parley.url))

    async def _asked(self, call: ToolCall) -> bool:
        self._shown.pause()
        try:
            note(f"The model wants to call {wanted(call)}")
            if call.truncated:
                note("(What it would be given is longer than what is shown.)")
            return await agreed("May it?")
        finally:
            self._shown.go_on()


async def agreed(question: str) -> bool:
    """Ask on the terminal; what was typed before the question is no answer."""
    loop = asyncio.get_running_loop()
    terminal = sys.stdin.fileno()
    with suppress(termios.error):
        termios.tcflush(terminal, termios.TCIFLUSH)
    said = loop.create_future()

    def read() -> None:
        if not said.done():
            said.set_result(os.read(terminal, 1024))

    while True:
        console(stderr=True).print(f"{question} [y/n]: ", end="", markup=False)
        # Not a thread that waits: nothing could end it when the call is over.
        loop.add_reader(terminal, read)
        try:
            answer = (await said).decode(errors="replace").strip().casefold()
        finally:
            loop.remove_reader(terminal)
            said = loop.create_future()
        if answer in ("y", "yes"):
            return True
        if answer in ("n", "no", ""):
            return False


def wanted(call: ToolCall) -> str:
    """Say what a call is: all of it, because somebody answers for it."""
    # On lines of their own: what a server calls its tool may look like arguments.
    return f"{name(call)}\n{one_line(call.arguments)}".rstrip()


def line(call: ToolCall) -> str:
    """Say on one line what came of a call."""
    ending = ENDINGS.get(call.state, "")
    result = "" if call.state == ToolCall.STATE_DENIED else clipped(call.result)
    return f"{name(call)} {clipped(call.arguments)} → {ending}{result}".rstrip()


def name(call: ToolCall) -> str:
    """
    Return what to call a tool.

    What a server calls its tool may be the name of another, so the id comes before it.
    """
    identifier = one_line(call.tool.rpartition("/")[2])
    title = one_line(call.display_name)
    if title in ("", identifier):
        return identifier
    return f"{identifier} ({title})" if SEPARATOR in identifier else title


def clipped(text: str) -> str:
    """Return the beginning of a text, on one line."""
    shown = one_line(text[: WIDTH * 4])
    return shown if len(shown) <= WIDTH else f"{shown[: WIDTH - 1]}…"
