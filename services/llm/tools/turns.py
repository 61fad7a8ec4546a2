"""The turns of one answer: asking the model, and adding up what it used."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from services.llm.model import (
    Completed,
    Delta,
    Event,
    Question,
    Reasoning,
    ToolUse,
    Turn,
    Usage,
    Verbatim,
)
from services.llm.ports import Provider
from services.llm.tools.bounds import Bounds
from services.llm.tools.calls import STANDING, Calls

Tell = Callable[[Event], Awaitable[None]]

# What a model says after a call is a paragraph of its own.
APART = Delta("\n\n", 0)


class Turns:
    """Asks a model, as often as its tools want; what it says goes out as it comes."""

    def __init__(
        self,
        provider: Provider,
        question: Question,
        calls: Calls,
        bounds: Bounds,
        tell: Tell,
        *,
        most: int,
    ) -> None:
        self._provider = provider
        self._question = replace(question, turns=instructed(question.turns))
        self._calls = calls
        self._bounds = bounds
        self._tell = tell
        self._most = most
        self._sum: Completed | None = None
        self._told = 0  # tokens of what was said and thought, in all turns
        self._spoken = False  # in an earlier turn

    async def ask(self, since: Sequence[Turn]) -> Turn:
        """Have the model go on after these turns; return its own, calls and all."""
        offered = self._bounds.ask()
        question = replace(
            self._question,
            turns=(*self._question.turns, *since),
            tools=self._question.tools if offered else (),
        )
        read = self._sum.input_tokens if self._sum else 0
        text: list[str] = []
        uses: list[ToolUse] = []
        verbatim: Verbatim | None = None
        async with aclosing(self._provider.generate(question)) as events:
            async for event in events:
                if isinstance(event, ToolUse):
                    uses.append(event)
                elif isinstance(event, Verbatim):
                    verbatim = event
                elif isinstance(event, Completed):
                    self._add(event)
                elif isinstance(event, Usage):
                    await self._tell(Usage(read + event.input_tokens))
                else:
                    if isinstance(event, Delta | Reasoning):
                        self._told += event.tokens
                    if isinstance(event, Delta):
                        if self._spoken and not text:
                            await self._tell(APART)
                        text.append(event.text)
                    await self._tell(event)
        self._spoken = self._spoken or bool(text)
        if not offered or not uses:
            return Turn("assistant", "".join(text))
        said = Turn(
            "assistant",
            "".join(text),
            tool_uses=tuple(uses[: self._most]),
            verbatim=verbatim,
        )
        self._bounds.write(said)
        await self._tell_use()
        return said

    async def call(self, use: ToolUse) -> str:
        """Make a call; return what the model is told of it."""
        return await self._calls.make(use)

    @property
    def completed(self) -> Completed:
        """The end of the answer, with the sums of all calls."""
        if self._sum is None:
            raise RuntimeError("nobody was asked")
        if self._bounds.reached:
            return replace(self._sum, finish_reason="tool_limit")
        if self._sum.finish_reason == "tool_calls":  # and yet it wanted none
            return replace(self._sum, finish_reason="stop")
        return self._sum

    async def _tell_use(self) -> None:
        """Tell what was used so far, calls of tools too: most providers say it last."""
        if so_far := self._sum:
            untold = max(0, so_far.output_tokens - self._told)
            self._told += untold
            await self._tell(Usage(so_far.input_tokens))
            # It stands beside the text; whoever stops the answer has to pay for it.
            await self._tell(Reasoning("", untold))

    def _add(self, last: Completed) -> None:
        if self._sum is None:
            self._sum = last
            return
        so_far = self._sum
        self._sum = replace(
            last,
            input_tokens=so_far.input_tokens + last.input_tokens,
            output_tokens=so_far.output_tokens + last.output_tokens,
            cached_input_tokens=so_far.cached_input_tokens + last.cached_input_tokens,
            reasoning_tokens=so_far.reasoning_tokens + last.reasoning_tokens,
            cached=so_far.cached and last.cached,
        )


def instructed(turns: Sequence[Turn]) -> tuple[Turn, ...]:
    """Add, after the other instructions, what results of tools are."""
    first = next(
        (number for number, turn in enumerate(turns) if turn.role != "system"),
        len(turns),
    )
    return (*turns[:first], Turn("system", STANDING), *turns[first:])
