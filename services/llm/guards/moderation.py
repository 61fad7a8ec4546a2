"""Keeping things out of questions and answers, as the rules of the deployment say."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Final, Literal

from prometheus_client import Counter

from services.llm.guards.opening import Begun, Events, Opening, says
from services.llm.guards.rules import Finding, Rules
from services.llm.model import (
    Completed,
    Delta,
    Model,
    ModelBlocked,
    ProviderEvent,
    Question,
    Reasoning,
    ToolUse,
    Turn,
    Verbatim,
)
from services.llm.ports import Provider

LOOK_BACK = 64  # characters that a rule may look back at
PART = 16 * 1024  # characters of a question that are read without a break
TURNS = 16  # and turns

BLOCKED = "[blocked]"  # stands for a turn that is left out

Where = Literal["question", "before", "answer"]
QUESTION: Final = "question"
BEFORE: Final = "before"  # what was said earlier, and was counted or blocked then
ANSWER: Final = "answer"

moderated = Counter("llm_moderated", "What rules found.", ("rule", "action", "where"))


class Moderation:
    """
    Blocks, or redacts, what the rules find.

    A question is blocked for what is said last. An earlier turn that was blocked is
    left out, as otherwise the conversation would be blocked for ever.

    What a model wrote goes back to it as it was only if nothing is found in it, else in
    the plain words that are left of it: it cannot be redacted without its owner's
    refusing it. What only its owner can read is not looked into.
    """

    def __init__(
        self,
        inner: Provider,
        *,
        of_questions: Rules,
        of_answers: Rules,
    ) -> None:
        self._inner = inner
        self._of_questions = of_questions
        self._of_answers = of_answers

    async def models(self) -> Sequence[Model]:
        return await self._inner.models()

    def generate(self, question: Question) -> Events:
        if self._of_questions and question.turns:
            return Opening(self._begin(question))
        return self._moderated(question)

    async def _begin(self, question: Question) -> AsyncGenerator[ProviderEvent | Begun]:
        turns = await self._allowed(question.turns)
        if turns != question.turns:
            question = replace(question, turns=turns)
        async with aclosing(self._moderated(question)) as events:
            async for event in events:
                if says(event):
                    yield Begun(event, events)
                    return
                yield event

    def _moderated(self, question: Question) -> Events:
        events = self._inner.generate(question)
        return moderating(self._of_answers, events) if self._of_answers else events

    async def _allowed(self, turns: Sequence[Turn]) -> tuple[Turn, ...]:
        *before, last = turns
        allowed = []
        for number, turn in enumerate(before, 1):
            allowed.append(await self._before(turn))
            if number % TURNS == 0:
                await asyncio.sleep(0)
        return (*allowed, await self._redacted(last, QUESTION))

    async def _before(self, turn: Turn) -> Turn:
        try:
            if turn.verbatim and not await self._clean(turn.verbatim):
                turn = replace(turn, verbatim=None)
            return await self._redacted(turn, BEFORE)
        except ModelBlocked:
            return replace(turn, text=BLOCKED, verbatim=None)

    async def _clean(self, verbatim: Verbatim) -> bool:
        """Tell whether nothing is found in what can be read of it."""
        calls = (use.arguments for use in verbatim.tool_uses)
        text = "\n".join((verbatim.thoughts, verbatim.text, *calls))
        try:
            return await self._left(text, BEFORE) == text
        except ModelBlocked:
            return False

    async def _redacted(self, turn: Turn, where: Where) -> Turn:
        text = await self._left(turn.text, where)
        return turn if text == turn.text else replace(turn, text=text)

    async def _left(self, text: str, where: Where) -> str:
        passing, parts = Passing(self._of_questions, where), []
        for start in range(0, len(text), PART):
            parts.append(passing.take(text[start : start + PART], 0))
            if start:
                await asyncio.sleep(0)  # a long text holds nobody else up
        return "".join([*parts, passing.finish()])


async def moderating(
    rules: Rules, inner: AsyncGenerator[ProviderEvent]
) -> AsyncGenerator[ProviderEvent]:
    """Yield the events with what the rules leave of their texts."""
    said, thought = Passing(rules, ANSWER), Passing(rules, ANSWER)
    async with aclosing(inner) as events:
        async for event in events:
            if type(event) is Delta:
                if text := said.take(event.text, event.tokens):
                    yield Delta(text, said.counted())
                continue
            match event:
                case Reasoning(text, tokens):
                    if text := thought.take(text, tokens):
                        yield Reasoning(text, thought.counted())
                case Verbatim() | ToolUse() | Completed():
                    if text := thought.finish():
                        yield Reasoning(text, thought.counted())
                    if text := said.finish():
                        yield Delta(text, said.counted())
                    if isinstance(event, ToolUse):
                        event = allowed_use(rules, event)
                    # What was redacted would come back to the model as it was.
                    if not (
                        isinstance(event, Verbatim) and (said.found or thought.found)
                    ):
                        yield event
                case _:
                    yield event


def allowed_use(rules: Rules, use: ToolUse) -> ToolUse:
    """Return what is left of a call of a tool."""
    passing = Passing(rules, ANSWER)
    arguments = passing.take(use.arguments, 0) + passing.finish()
    return replace(use, arguments=arguments)


class Passing:
    """A text that passes in pieces; its end is held back where it has to be."""

    __slots__ = ("_before", "_held", "_rules", "_tokens", "_where", "found", "passed")

    def __init__(self, rules: Rules, where: Where) -> None:
        self._rules = rules
        self._where = where
        self._before = ""  # what has passed: rules look back at it
        self._held = ""
        self._tokens = 0
        self.passed = 0  # characters, as they came
        self.found = False  # anything so far

    def take(self, text: str, tokens: int) -> str:
        """Take a piece; return what may pass now."""
        self._tokens += tokens
        text = self._held + text
        return self._pass(text, self._rules.held(text))

    def finish(self) -> str:
        """Return what was held back."""
        return self._pass(self._held, len(self._held))

    def counted(self) -> int:
        """Return the tokens of what passed since it was asked last."""
        tokens, self._tokens = self._tokens, 0
        return tokens

    def _pass(self, text: str, until: int) -> str:
        """Let pass what stands before `until`, but for what is found in it."""
        clean = None
        if self._rules.suspect(text):
            until, clean = self._checked(text, until)
        passed, self._held = text[:until], text[until:]
        self._before = (self._before + passed)[-LOOK_BACK:]
        self.passed += until
        return passed if clean is None else clean

    def _checked(self, text: str, until: int) -> tuple[int, str]:
        """Say up to where a text may pass, and what is left of it."""
        offset = len(self._before)
        seen, until = self._before + text, offset + until
        found = self._rules.find(seen, offset)
        # What begins before the held end and reaches into it is held as a whole.
        until = min([until, *(each.start for each in found if each.end > until)])
        done = [each for each in found if each.end <= until]
        self._decide(done)
        return until - offset, redacted(seen[:until], done)[offset:]

    def _decide(self, found: Sequence[Finding]) -> None:
        """Count what was found, never what it was; raise `ModelBlocked` if need be."""
        self.found = self.found or bool(found)
        for finding in found if self._where != BEFORE else ():
            moderated.labels(finding.rule, finding.action, self._where).inc()
        if any(finding.action == "block" for finding in found):
            raise ModelBlocked


def redacted(text: str, found: Sequence[Finding]) -> str:
    """Put the names of the rules where they found something."""
    parts, end = [], 0
    for finding in found:
        parts += [text[end : finding.start], f"[{finding.rule}]"]
        end = max(end, finding.end)
    return "".join([*parts, text[end:]])
