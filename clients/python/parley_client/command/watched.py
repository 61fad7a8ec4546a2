"""An answer while it is watched: Ctrl-C stops it."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from parley_client import (
    Accepted,
    Citation,
    Cited,
    Completed,
    Delta,
    Event,
    Message,
    Parley,
    ParleyError,
    Reasoning,
    Restarted,
    Searched,
    Stopped,
    ToolCalled,
)
from parley_client.command.calls import Calls
from parley_client.command.failures import advice, complain
from parley_client.command.interrupts import interruptible
from parley_client.command.screen import Answer, answer, note
from parley_client.command.sources import show_sources


class Watched:
    """What is known of an answer that is watched."""

    def __init__(self, parley: Parley, reply: Message | None) -> None:
        self.reply = reply
        self.siblings: tuple[Message, ...] = ()
        # Whether the person pressed Ctrl-C, and the answer was stopped.
        self.interrupted = False
        # The places that the text rests on, by their numbers.
        self.citations: dict[int, Citation] = {}
        # Whether the person's documents could not be searched.
        self.degraded = False
        self._parley = parley
        self._seen = 1
        self._stopping: asyncio.Task[None] | None = None
        # What came after Ctrl-C was pressed; shown if the answer is not stopped.
        self._held: list[Delta] = []

    async def to_its_end(self, events: AsyncGenerator[Event]) -> None:
        """Show what comes."""
        try:
            async with answer() as shown, aclosing(events):
                calls = Calls(self._parley, shown)
                try:
                    with interruptible(lambda: self._interrupt(shown)):
                        async for event in events:
                            self._take(event, shown)
                            self._take_beside(event, shown, calls)
                finally:
                    await calls.end()
        finally:
            if self._stopping:
                self._stopping.cancel()
            if self.degraded:
                note("(Your documents could not be searched; this goes without them.)")
            show_sources(self.citations.values())

    def _take_beside(self, event: Event, shown: Answer, calls: Calls) -> None:
        match event:
            case Reasoning(text=text, offset=offset) if not self._stopping:
                shown.think(text, offset)
            case ToolCalled(call=call):
                calls.take(call)
            case Cited(citation=citation):
                self.citations[citation.number] = citation
            case Searched(retrieval=retrieval):
                self.degraded = retrieval.degraded
            case Restarted():
                calls.void()
                self.citations.clear()
                self.degraded = False

    def _take(self, event: Event, shown: Answer) -> None:
        match event:
            case Accepted(reply=reply, siblings=siblings):
                self.reply, self.siblings = reply, siblings
            case Delta() if self._stopping:
                self._held.append(event)
            case Delta():
                self._show(event, shown)
            case Restarted(seq=seq):
                self._held.clear()
                shown.restart()
                self._seen = seq
            case Completed():
                self._release(shown)
            case Stopped(reply=reply):
                self.interrupted = self._stopping is not None
                note(
                    "(stopped: a budget is used up; see it: parley usage)"
                    if reply.failure_reason
                    else "(stopped)"
                )

    def _interrupt(self, shown: Answer) -> bool:
        """Stop the answer where it is seen; False if there is nothing to be stopped."""
        if not self.reply or self._stopping:
            return False
        self._stopping = asyncio.create_task(self._stop(self.reply, shown))
        return True

    async def _stop(self, reply: Message, shown: Answer) -> None:
        try:
            await self._parley.messages.stop(reply, last_seen_seq=self._seen)
        except ParleyError as error:
            complain(f"Not stopped. {advice(error, self._parley.url)}")
            self._stopping = None
            self._release(shown)

    def _release(self, shown: Answer) -> None:
        for delta in self._held:
            self._show(delta, shown)
        self._held.clear()

    def _show(self, delta: Delta, shown: Answer) -> None:
        shown.write(delta.text)
        self._seen = delta.seq
