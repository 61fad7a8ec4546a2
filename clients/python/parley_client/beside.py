"""What stands beside a reply's text, each thing handed on once in its newest form."""

from collections.abc import Iterator
from itertools import takewhile

from parley.chat.v1.message_pb2 import Message
from parley.llm.v1.generation_pb2 import Citation, Retrieval, ToolCall
from parley_client.events import Cited, Event, Reasoning, Searched, ToolCalled


class Beside:
    """What a reader has of one attempt, so that what is repeated is known."""

    def __init__(self) -> None:
        self._thought = ""
        self._citations: dict[int, Citation] = {}
        self._calls: dict[str, ToolCall] = {}
        self._retrieval: Retrieval | None = None

    def think(self, offset: int, text: str) -> Iterator[Event]:
        """Yield what is new of a thought."""
        known = self._thought[offset : offset + len(text)]
        pairs = zip(known, text, strict=False)
        same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
        if same == len(text):
            return
        self._thought = self._thought.ljust(offset)[: offset + same] + text[same:]
        yield Reasoning(text[same:], offset + same)

    def cite(self, citation: Citation) -> Iterator[Event]:
        """Yield a citation that is new, or not what it was."""
        if self._citations.get(citation.number) != citation:
            self._citations[citation.number] = citation
            yield Cited(citation)

    def call(self, call: ToolCall) -> Iterator[Event]:
        """Yield a call that has got further."""
        before = self._calls.get(call.name)
        # A replica that is behind tells again of what is over.
        if before and (before == call or call.state < settled(before)):
            return
        self._calls[call.name] = call
        yield ToolCalled(call)

    def search(self, retrieval: Retrieval) -> Iterator[Event]:
        """Yield a search that is new, or not what it was."""
        if self._retrieval != retrieval:
            self._retrieval = retrieval
            yield Searched(retrieval)

    def end(self, reply: Message) -> Iterator[Event]:
        """Yield what is stored with a reply and did not come before."""
        if reply.HasField("retrieval"):
            yield from self.search(reply.retrieval)
        yield from self.think(0, reply.reasoning)
        for call in reply.tool_calls:
            yield from self.call(call)
        for citation in reply.citations:
            yield from self.cite(citation)


def settled(call: ToolCall) -> int:
    """Return the least state that may follow; all that end a call are as far."""
    return min(call.state, ToolCall.STATE_SUCCEEDED)
