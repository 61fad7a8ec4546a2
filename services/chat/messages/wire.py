"""Messages and events as protobuf."""

from parley.chat.v1 import message_pb2 as message_pb
from parley.error.v1 import error_reason_pb2
from services.chat.messages.beside import Note, unpacked
from services.chat.messages.model import MAX_COMMENT, Message, Rating, Score
from services.chat.messages.replies import Accepted
from services.chat.messages.run import (
    Delta,
    Ended,
    Event,
    Heartbeat,
    Noted,
    Restarted,
    Thought,
)
from services.chat.names import ConversationName, MessageName
from services.kit.fields import InvalidField, text
from services.kit.times import timestamp

ROLES = {"user": message_pb.ROLE_USER, "assistant": message_pb.ROLE_ASSISTANT}
NAMES = frozenset(error_reason_pb2.ErrorReason.keys())
STATES = {
    "generating": message_pb.Message.STATE_GENERATING,
    "completed": message_pb.Message.STATE_COMPLETED,
    "queued": message_pb.Message.STATE_QUEUED,
    "stopped": message_pb.Message.STATE_STOPPED,
    "failed": message_pb.Message.STATE_FAILED,
}
SCORES: dict[Score, message_pb.Rating.Score.ValueType] = {
    "good": message_pb.Rating.SCORE_GOOD,
    "bad": message_pb.Rating.SCORE_BAD,
}


def to_message(of: ConversationName, message: Message) -> message_pb.Message:
    """Put a message on the wire."""
    whole = message_pb.Message(
        name=str(MessageName(of, message.id)),
        parent_message=(
            str(MessageName(of, message.parent_id)) if message.parent_id else ""
        ),
        role=ROLES[message.role],
        text=message.text,
        state=STATES[message.state],
        model=message.model,
        usage=message_pb.Usage(
            input_tokens=message.input_tokens,
            output_tokens=message.output_tokens,
            cost_micros=message.cost_micros,
            estimated=message.estimated,
        ),
        failure_reason=to_reason(message.failure),
        seq=message.seq,
        create_time=timestamp(message.create_time),
        end_time=timestamp(message.end_time),
        first_token_time=timestamp(message.first_token_time),
        attempt=message.attempt if message.role == "assistant" else 0,
        rating=to_rating(message),
        attachments=message.attachments,
    )
    if message.options:
        whole.options.ParseFromString(message.options)
    whole.reasoning, notes = unpacked(message.beside)
    for key, value in notes:
        add_note(whole, key, value)
    return whole


def add_note(to: message_pb.Message, key: str, value: bytes) -> None:
    """Put what stands beside a text on the wire; a newer replica may know more."""
    match key.partition("/")[0]:
        case "citation":
            to.citations.add().ParseFromString(value)
        case "tool_call":
            to.tool_calls.add().ParseFromString(value)
        case "retrieval":
            to.retrieval.ParseFromString(value)
        case "prompt_version":
            to.prompt_version = value.decode()


def to_noted(seq: int, note: Note) -> message_pb.ReplyEvent:
    """Put something beside the text on the wire; what has no event says only `seq`."""
    event = message_pb.ReplyEvent(after_seq=seq, seq=seq)
    match note.key.partition("/")[0]:
        case "citation":
            event.citation.ParseFromString(note.value)
        case "tool_call":
            event.tool_call.ParseFromString(note.value)
        case "retrieval":
            event.retrieval.ParseFromString(note.value)
        case _:
            event.heartbeat.SetInParent()
    return event


def to_rating(message: Message) -> message_pb.Rating | None:
    """Put what the user thinks of a reply on the wire, if they said."""
    if message.rating is None:
        return None
    return message_pb.Rating(
        score=SCORES[message.rating],
        reasons=[
            message_pb.Rating.Reason.Value(f"REASON_{reason.upper()}")
            for reason in message.rating_reasons
        ],
        comment=message.rating_comment,
    )


def from_rating(rating: message_pb.Rating) -> Rating | None:
    """Read what the user thinks; None takes back what they thought."""
    if rating.score == message_pb.Rating.SCORE_UNSPECIFIED:
        return None
    score = next((key for key, value in SCORES.items() if value == rating.score), None)
    if score is None:
        raise InvalidField(field="rating.score", expected="SCORE_GOOD or SCORE_BAD")
    known = message_pb.Rating.Reason.values()
    if any(reason not in known or not reason for reason in rating.reasons):
        raise InvalidField(field="rating.reasons", expected="reasons that there are")
    names = (message_pb.Rating.Reason.Name(reason) for reason in rating.reasons)
    return Rating(
        score=score,
        reasons=tuple(
            dict.fromkeys(each.removeprefix("REASON_").lower() for each in names)
        ),
        comment=text("rating.comment", rating.comment, maximum=MAX_COMMENT),
    )


def to_reason(name: str | None) -> error_reason_pb2.ErrorReason.ValueType:
    """Name a reason; a newer replica may have stored one that this one lacks."""
    key = f"ERROR_REASON_{name}"
    if name is None or key not in NAMES:
        return error_reason_pb2.ERROR_REASON_UNSPECIFIED
    return error_reason_pb2.ErrorReason.Value(key)


def to_event(of: ConversationName, event: Accepted | Event) -> message_pb.ReplyEvent:
    """Put an event on the wire."""
    match event:
        case Delta(after_seq, seq, text):
            return message_pb.ReplyEvent(
                after_seq=after_seq,
                seq=seq,
                delta=message_pb.ReplyEvent.Delta(text=text),
            )
        case Heartbeat(seq):
            return message_pb.ReplyEvent(
                after_seq=seq, seq=seq, heartbeat=message_pb.ReplyEvent.Heartbeat()
            )
        case Thought(seq, offset, text):
            reasoning = message_pb.ReplyEvent.Reasoning(offset=offset, text=text)
            return message_pb.ReplyEvent(after_seq=seq, seq=seq, reasoning=reasoning)
        case Noted(seq, note):
            return to_noted(seq, note)
        case Restarted(after_seq, seq, attempt):
            restarted = message_pb.ReplyEvent.Restarted(attempt=attempt)
            return message_pb.ReplyEvent(
                after_seq=after_seq, seq=seq, restarted=restarted
            )
        case Accepted(stored):
            first, *siblings = stored.replies
            accepted = message_pb.ReplyEvent.Accepted(
                message=to_message(of, stored.said),
                reply=to_message(of, first.reply),
                siblings=[to_message(of, each.reply) for each in siblings],
            )
            return message_pb.ReplyEvent(seq=1, accepted=accepted)
        case Ended(after_seq, reply):
            return to_ending(of, after_seq, reply)


def to_ending(
    of: ConversationName, after_seq: int, reply: Message
) -> message_pb.ReplyEvent:
    """Put the last event on the wire."""
    event = message_pb.ReplyEvent(after_seq=after_seq, seq=reply.seq)
    stored = to_message(of, reply)
    match reply.state:
        case "completed":
            event.completed.reply.CopyFrom(stored)
        case "stopped":
            event.stopped.reply.CopyFrom(stored)
            event.stopped.reason = stored.failure_reason
        case _:
            event.failed.reply.CopyFrom(stored)
            event.failed.reason = stored.failure_reason
    return event
