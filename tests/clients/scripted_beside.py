"""What can stand beside a reply's text."""

from collections.abc import AsyncIterator

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley.llm.v1.generation_pb2 import Citation, Retrieval, ToolCall
from tests.clients.scripted_chat import Context, accepted, completed, delta, ended

HOSTILE = "\x1b]0;owned\x07\x9b31m"
CALL = ToolCall(
    name="users/u/toolCalls/1",
    tool="tools/calculator",
    display_name="Calculator",
    arguments='{"expression": "6*7"}',
)


def call(state: ToolCall.State.ValueType, result: str = "") -> ToolCall:
    """Return a call that has got so far."""
    further = ToolCall(state=state, result=result)
    further.MergeFrom(CALL)
    return further


def beside(seq: int, **what: object) -> ReplyEvent:
    """Return an event that covers no entry."""
    return ReplyEvent(seq=seq, after_seq=seq, **what)  # type: ignore[arg-type]


def thought(seq: int, offset: int, text: str) -> ReplyEvent:
    """Return a piece of reasoning."""
    return beside(seq, reasoning=ReplyEvent.Reasoning(offset=offset, text=text))


async def told(reply: Message, _: Context) -> AsyncIterator[ReplyEvent]:
    """Answer with everything that there can be beside a text."""
    yield accepted(reply)
    yield beside(1, retrieval=Retrieval(passages=3))
    yield thought(1, 0, "Let me see")
    yield beside(1, tool_call=call(ToolCall.STATE_RUNNING))
    yield beside(1, tool_call=call(ToolCall.STATE_SUCCEEDED, f"4\n{HOSTILE}2"))
    yield delta(1, "It is 42 [2][1].")
    source = Citation(number=2, display_name=f"a{HOSTILE}.pdf", page=12, section="I")
    yield beside(17, citation=source)
    yield beside(17, citation=Citation(number=1, display_name="b.md"))
    yield ended(17, completed(reply, "It is 42 [2][1]."))
