"""Asks a system as its users would, in a process of its own.

Reads a Task as JSON from its argument, prints `ready`, waits for a line, asks, and
prints an Outcome as JSON.
"""

import asyncio
import dataclasses
import json
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal

from tests.doubles.script import words

Protocol = Literal["openai", "langchain", "parley"]


@dataclass(frozen=True, kw_only=True)
class Task:
    """So many replies, by so many readers at once, each of so many tokens."""

    protocol: Protocol
    url: str
    readers: int
    replies: int
    tokens: int
    # The seconds over which the readers begin.
    ramp: float = 0.0
    # Where to ask, over and over: conversation, message, access token. Of Parley alone;
    # without any, each reply is in a conversation of its own.
    places: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """What one reader saw: the text, in how many pieces, and when, in seconds."""

    text: str
    pieces: int
    first: float
    whole: float


Ask = Callable[[], Awaitable[Reply]]


@dataclass(kw_only=True)
class Outcome:
    """What all readers saw. A reply is right when its text is the script's."""

    right: int = 0
    wrong: int = 0
    pieces: int = 0
    seconds: float = 0.0
    first: list[float] = dataclasses.field(default_factory=list)
    whole: list[float] = dataclasses.field(default_factory=list)
    # What the first few wrong replies were like.
    faults: list[str] = dataclasses.field(default_factory=list)


async def asked(task: Task, ask: Ask) -> Outcome:
    """Ask until all replies are there."""
    outcome = Outcome()
    expected = "".join(words(task.tokens))
    turns = iter(range(task.replies))

    async def reader(number: int) -> None:
        await asyncio.sleep(task.ramp * number / task.readers)
        for _ in turns:
            try:
                reply = await ask()
            except Exception as error:
                fault = " ".join(f"{type(error).__name__}: {error}".split())
            else:
                outcome.pieces += reply.pieces
                outcome.first.append(reply.first)
                outcome.whole.append(reply.whole)
                fault = "" if reply.text == expected else f"text: {reply.text[:80]!r}"
            outcome.right += not fault
            outcome.wrong += bool(fault)
            if fault and len(outcome.faults) < 3:
                outcome.faults.append(fault[:300])

    began = time.perf_counter()
    await asyncio.gather(*map(reader, range(task.readers)))
    outcome.seconds = time.perf_counter() - began
    return outcome


def asking(task: Task) -> AbstractAsyncContextManager[Ask]:
    """Connect to the system in its protocol."""
    # Imported late: a reader of HTTP should not pay for gRPC, nor the other way.
    if task.protocol == "parley":
        from tests.bench.ask_parley import asking_parley

        return asking_parley(task)
    from tests.bench.ask_http import asking_http

    return asking_http(task.url, task.protocol)


async def main(task: Task) -> None:
    """Follow the protocol of this process."""
    async with asking(task) as ask:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await asyncio.to_thread(sys.stdin.readline)
        outcome = await asked(task, ask)
    sys.stdout.write(json.dumps(dataclasses.asdict(outcome)) + "\n")


if __name__ == "__main__":
    asyncio.run(main(Task(**json.loads(sys.argv[1]))))
