"""What a reader has seen of a reply, event by event."""

from collections.abc import Iterator

from parley.chat.v1.message_pb2 import Message, ReplyEvent
from parley_client.beside import Beside
from parley_client.errors import ReplyFailed
from parley_client.events import (
    Accepted,
    Completed,
    Delta,
    Event,
    Restarted,
    Stopped,
)
from parley_client.streams import Cut

# The entries of attempt k are numbered from (k - 1) * ATTEMPT + 1.
ATTEMPT = 2**20


class Reader:
    """What was read of a reply so far."""

    def __init__(self, name: str = "", after_seq: int = 0) -> None:
        self.name = name
        self.seq = after_seq
        self.ended = False
        # How many events came. Without one, `seq` is what the caller claims.
        self.heard = 0
        self._beside = Beside()
        self._shown = max(0, (after_seq - 1) % ATTEMPT) if after_seq else 0

    @property
    def accepted(self) -> bool:
        """Whether there is a reply that can be resumed."""
        return bool(self.name)

    def read(self, event: ReplyEvent) -> Iterator[Event]:
        """Turn an event of the stream into ours; raise `Cut` if one is missing."""
        if event.after_seq != self.seq:
            raise Cut("An event was lost.")
        self.seq = event.seq
        self.heard += 1
        match event.WhichOneof("event"):
            case "accepted":
                self.name = event.accepted.reply.name
                yield Accepted(
                    event.accepted.message,
                    event.accepted.reply,
                    tuple(event.accepted.siblings),
                )
            case "delta":
                self._shown += len(event.delta.text)
                yield Delta(event.delta.text, event.seq)
            case "restarted":
                self._shown = 0
                self._beside = Beside()
                yield Restarted(event.restarted.attempt, event.seq)
            case "completed":
                yield from self._end(event.completed.reply)
                yield Completed(event.completed.reply)
            case "stopped":
                # May be shorter than what was read: it was stopped on a device that
                # had not seen as much.
                yield from self._end(event.stopped.reply)
                yield Stopped(event.stopped.reply)
            case "failed":
                yield from self._end(event.failed.reply)
                raise ReplyFailed(event.failed.reply)
            case "reasoning":
                thought = event.reasoning
                yield from self._beside.think(thought.offset, thought.text)
            case "citation":
                yield from self._beside.cite(event.citation)
            case "tool_call":
                yield from self._beside.call(event.tool_call)
            case "retrieval":
                yield from self._beside.search(event.retrieval)

    def _end(self, reply: Message) -> Iterator[Event]:
        self.ended = True
        yield from self._beside.end(reply)
        if rest := reply.text[self._shown :]:
            yield Delta(rest, self.seq)
