"""Events as protobuf: names and numbers, nothing that anybody wrote, no place."""

from parley.event.v1 import event_pb2 as pb
from services.auth.audit.model import Record
from services.kit.times import timestamp


def to_event(record: Record) -> pb.Event:
    """Put an event on the wire."""
    entry = record.entry
    return pb.Event(
        id=str(entry.id),
        user=f"users/{entry.user_id}" if entry.user_id else "",
        seq=record.index,
        create_time=timestamp(entry.time),
        audit_recorded=pb.AuditRecorded(
            audit_event=f"auditEvents/{record.index}",
            action=entry.action,
            outcome=entry.outcome,
            actor=f"users/{entry.actor}" if entry.actor else "",
            subject=entry.subject,
            hash=record.mark.hash.hex(),
        ),
    )
