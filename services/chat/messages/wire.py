"""Messages and events as protobuf."""

from parley.chat.v1 import message_service_pb2 as pb
from parley.error.v1 import error_reason_pb2
from services.chat.messages.model import Message
from services.chat.messages.replies import Accepted
from services.chat.messages.runs import Delta, Ended, Event, Heartbeat
from services.chat.names import ConversationName, MessageName
from services.kit.times import timestamp

ROLES = {"user": pb.ROLE_USER, "assistant": pb.ROLE_ASSISTANT}
NAMES = frozenset(error_reason_pb2.ErrorReason.keys())
STATES = {
    "generating": pb.Message.STATE_GENERATING,
    "completed": pb.Message.STATE_COMPLETED,
    "stopped": pb.Message.STATE_STOPPED,
    "failed": pb.Message.STATE_FAILED,
}


def to_message(of: ConversationName, message: Message) -> pb.Message:
    """Put a message on the wire."""
    return pb.Message(
        name=str(MessageName(of, message.id)),
        parent_message=(
            str(MessageName(of, message.parent_id)) if message.parent_id else ""
        ),
        role=ROLES[message.role],
        text=message.text,
        state=STATES[message.state],
        model=message.model,
        usage=pb.Usage(
            input_tokens=message.input_tokens, output_tokens=message.output_tokens
        ),
        failure_reason=to_reason(message.failure),
        seq=message.seq,
        create_time=timestamp(message.create_time),
        end_time=timestamp(message.end_time),
    )


def to_reason(name: str | None) -> error_reason_pb2.ErrorReason.ValueType:
    """Name a reason; a newer replica may have stored one that this one lacks."""
    key = f"ERROR_REASON_{name}"
    if name is None or key not in NAMES:
        return error_reason_pb2.ERROR_REASON_UNSPECIFIED
    return error_reason_pb2.ErrorReason.Value(key)


def to_event(of: ConversationName, event: Accepted | Event) -> pb.SendMessageResponse:
    """Put an event on the wire."""
    match event:
        case Delta(after_seq, seq, text):
            return pb.SendMessageResponse(
                event=pb.ReplyEvent(
                    after_seq=after_seq, seq=seq, delta=pb.ReplyEvent.Delta(text=text)
                )
            )
        case Heartbeat(seq):
            return pb.SendMessageResponse(
                event=pb.ReplyEvent(
                    after_seq=seq, seq=seq, heartbeat=pb.ReplyEvent.Heartbeat()
                )
            )
        case Accepted(begun):
            accepted = pb.ReplyEvent.Accepted(
                message=to_message(of, begun.said), reply=to_message(of, begun.reply)
            )
            return pb.SendMessageResponse(event=pb.ReplyEvent(seq=1, accepted=accepted))
        case Ended(after_seq, reply):
            return pb.SendMessageResponse(event=to_ending(of, after_seq, reply))


def to_ending(of: ConversationName, after_seq: int, reply: Message) -> pb.ReplyEvent:
    """Put the last event on the wire."""
    event = pb.ReplyEvent(after_seq=after_seq, seq=reply.seq)
    stored = to_message(of, reply)
    match reply.state:
        case "completed":
            event.completed.reply.CopyFrom(stored)
        case "stopped":
            event.stopped.reply.CopyFrom(stored)
        case _:
            event.failed.reply.CopyFrom(stored)
            event.failed.reason = stored.failure_reason
    return event
