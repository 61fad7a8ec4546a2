"""Whole answers, for what no user reads."""

from contextlib import aclosing
from uuid import UUID

from services.chat.messages.ports import Answered, Broken, Llm, Piece, Refused, Turn

MAX_TOKENS = 1_000  # some models think first


class NoAnswer(Exception):
    """The model did not answer."""


class Completions:
    """Has a model answer at one go."""

    def __init__(self, llm: Llm) -> None:
        self._llm = llm

    async def complete(self, user_id: UUID, *, model: str, prompt: str) -> str:
        """Return the answer to a prompt, or raise `NoAnswer`."""
        answer = ""
        events = self._llm.generate(
            [Turn("user", prompt)], model=model, user_id=user_id, max_tokens=MAX_TOKENS
        )
        async with aclosing(events):  # type: ignore[type-var]  # is a generator
            async for event in events:
                if isinstance(event, Piece):
                    answer += event.text
                elif isinstance(event, Answered):
                    return answer
                elif isinstance(event, Refused | Broken):
                    break
        raise NoAnswer
