"""Answers that stop where a budget ends."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from services.llm.metering.meter import Metered
from services.llm.metering.model import BudgetExhausted
from services.llm.model import Completed, Delta, Event, Heartbeat, Reasoning, Usage


async def within(
    events: AsyncGenerator[Event], metered: Metered
) -> AsyncGenerator[Event]:
    """Yield what the budget allows of an answer; raises `BudgetExhausted` there."""
    use = metered.use
    async with aclosing(events):
        async for event in events:
            if isinstance(event, Delta | Reasoning):
                allowed = await metered.write(event.tokens)
                if allowed < event.tokens:
                    cut = len(event.text) * allowed // event.tokens
                    if allowed:
                        yield replace(event, text=event.text[:cut], tokens=allowed)
                    raise BudgetExhausted
            elif isinstance(event, Heartbeat):
                await metered.go_on()
            elif isinstance(event, Usage):
                use.input_tokens = max(use.input_tokens, event.input_tokens)
            elif isinstance(event, Completed):
                use.model, use.answered = event.model, True
                use.estimated = False
                use.input_tokens, use.output_tokens = (
                    (0, 0)
                    if event.cached
                    else (event.input_tokens, event.output_tokens)
                )
            yield event
