"""How tests look at the events of a reply, as a careful client does."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from parley.chat.v1 import message_pb2 as message_pb

TERMINAL = {"completed", "stopped", "failed"}


class HasEvent(Protocol):
    """The response of any method that streams a reply."""

    @property
    def event(self) -> message_pb.ReplyEvent:
        """The event."""


def kinds(responses: Iterable[HasEvent]) -> list[str | None]:
    """Name the events."""
    return [response.event.WhichOneof("event") for response in responses]


def text_of(responses: Iterable[HasEvent]) -> str:
    """Return what a reader shows after these events."""
    text = ""
    for response in responses:
        if response.event.HasField("restarted"):
            text = ""
        text += response.event.delta.text
    return text


def assert_no_gap(responses: Iterable[HasEvent], seq: int = 0) -> None:
    """Refuse events that do not follow each other."""
    for response in responses:
        assert response.event.after_seq == seq
        seq = response.event.seq


def reply_of(response: HasEvent) -> message_pb.Message:
    """Return the reply that the last event tells of."""
    kind = response.event.WhichOneof("event")
    assert kind in TERMINAL, kind
    reply: message_pb.Message = getattr(response.event, str(kind)).reply
    return reply


def contents(turns: Sequence[dict[str, str]]) -> list[str]:
    """Return what a model was shown."""
    return [turn["content"] for turn in turns]
