"""Going on with an answer that broke off."""

from dataclasses import replace

from services.llm.model import Question, Turn

GO_ON = Turn(
    "user",
    "Your previous answer broke off. Go on exactly where it ended, and repeat nothing.",
)


def with_last_word(question: Question) -> Question:
    """
    Let the user have the last word, as newer models demand.

    Others would take an answer that comes last for the beginning of theirs, or answer
    once more: with this, all do the same.
    """
    spoken = (turn for turn in reversed(question.turns) if turn.role != "system")
    last = next(spoken, None)
    if last is None or last.role != "assistant" or last.tool_uses:
        return question
    return replace(question, turns=(*question.turns, GO_ON))
