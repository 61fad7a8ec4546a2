"""The audit log as protobuf."""

from collections.abc import Mapping
from uuid import UUID

from google.protobuf.timestamp_pb2 import Timestamp

from parley.auth.v1 import audit_service_pb2 as pb
from services.auth.audit.chain import Broken, Problem
from services.auth.audit.model import Filter, Head, Mark, Place, Record, fitting
from services.auth.audit.verifying import Expected, Progress, Step, Verified
from services.kit.errors import InvalidField
from services.kit.jwk import Jwk
from services.kit.times import moment, timestamp

HASH_BYTES = 32
MAX_INDEX = 2**63 - 1

OUTCOMES: Mapping[str, "pb.AuditOutcome.ValueType"] = {
    "success": pb.AUDIT_OUTCOME_SUCCESS,
    "failure": pb.AUDIT_OUTCOME_FAILURE,
    "denied": pb.AUDIT_OUTCOME_DENIED,
}
WANTED = {value: name for name, value in OUTCOMES.items()}

PROBLEMS: Mapping[Problem, "pb.VerifyAuditLogResponse.Problem.ValueType"] = {
    "edited": pb.VerifyAuditLogResponse.PROBLEM_EDITED,
    "deleted": pb.VerifyAuditLogResponse.PROBLEM_DELETED,
    "inserted": pb.VerifyAuditLogResponse.PROBLEM_INSERTED,
    "reordered": pb.VerifyAuditLogResponse.PROBLEM_REORDERED,
    "signature": pb.VerifyAuditLogResponse.PROBLEM_SIGNATURE,
    "set_back": pb.VerifyAuditLogResponse.PROBLEM_SET_BACK,
}

ListRequest = pb.ListAuditEventsRequest | pb.ListUserAuditEventsRequest


def to_filter(request: ListRequest, user_id: UUID | None) -> Filter:
    """Read which events are wanted."""
    outcome = request.outcome
    if outcome and outcome not in WANTED:
        raise InvalidField(field="outcome", expected="an outcome of this API")
    return Filter(
        user_id=user_id,
        action=fitting(request.action),
        outcome=WANTED.get(outcome),
        start=moment("start_time", given) if (given := start(request)) else None,
        end=moment("end_time", given) if (given := end(request)) else None,
    )


def start(request: ListRequest) -> Timestamp | None:
    """Return when the wanted events begin, if that is said."""
    return request.start_time if request.HasField("start_time") else None


def end(request: ListRequest) -> Timestamp | None:
    """Return when the wanted events end, if that is said."""
    return request.end_time if request.HasField("end_time") else None


def to_audit_event(record: Record, shown_to: UUID | None = None) -> pb.AuditEvent:
    """Put an event on the wire; a user does not see where others were."""
    entry = record.entry
    event = pb.AuditEvent(
        name=name_of(record.index),
        index=record.index,
        create_time=timestamp(entry.time),
        action=entry.action,
        outcome=OUTCOMES.get(entry.outcome, pb.AUDIT_OUTCOME_UNSPECIFIED),
        actor=f"users/{entry.actor}" if entry.actor else "",
        user=f"users/{entry.user_id}" if entry.user_id else "",
        subject=entry.subject,
        session=str(entry.session or ""),
        stranger=entry.stranger or "",
        details=entry.details,
    )
    if record.place and shown_to in (None, entry.person):
        event.place.CopyFrom(to_place(record.place))
    return event


def name_of(index: int) -> str:
    """Name an event."""
    return f"auditEvents/{index}"


def to_place(place: Place) -> pb.AuditPlace:
    """Put a place on the wire."""
    return pb.AuditPlace(address=place.address, user_agent=place.user_agent)


def to_mark(mark: Mark) -> pb.AuditMark:
    """Put a mark on the wire."""
    return pb.AuditMark(
        index=mark.index,
        hash=mark.hash,
        key_id=mark.key_id,
        signature=mark.signature,
    )


def to_head(head: Head) -> pb.AuditMark:
    """Put the head on the wire."""
    found = to_mark(head.mark)
    found.time.FromDatetime(head.time)
    return found


def to_record(record: Record) -> pb.AuditRecord:
    """Put an event on the wire with what it takes to verify it."""
    found = pb.AuditRecord(
        mark=to_mark(record.mark),
        previous_hash=record.previous,
        content=record.entry.content,
    )
    if place := record.place:
        found.place.CopyFrom(to_place(place))
        found.place.salt = place.salt
    return found


def to_key(jwk: Jwk) -> pb.AuditKey:
    """Put a public key on the wire."""
    return pb.AuditKey(kid=jwk["kid"], x=jwk["x"], y=jwk["y"])


def to_step(step: Step) -> pb.VerifyAuditLogResponse:
    """Put on the wire how far a verification is."""
    response = pb.VerifyAuditLogResponse
    match step:
        case Progress():
            progress = response.Progress(
                verified_count=step.verified, total_count=step.total
            )
            return response(progress=progress)
        case Verified():
            verified = response.Verified(
                verified_count=step.count,
                base_index=step.base.index,
                erased_place_count=step.erased_places,
                head=to_mark(step.head),
            )
            return response(verified=verified)
        case Broken():
            broken = response.Broken(index=step.index, problem=PROBLEMS[step.problem])
            return response(broken=broken)


def to_expected(text: str) -> Expected | None:
    """Read `index:hash`."""
    if not text:
        return None
    index, _, hash = text.partition(":")
    try:
        found = Expected(int(index), bytes.fromhex(hash))
    except ValueError:
        found = None
    if not found or len(found.hash) != HASH_BYTES or not 0 < found.index <= MAX_INDEX:
        raise InvalidField(field="expected", expected="index:hash, in hexadecimal")
    return found
