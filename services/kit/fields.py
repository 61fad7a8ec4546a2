"""What a request must hold, as its proto says."""

from functools import cache
from uuid import UUID

from google.api import field_behavior_pb2
from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

# Defined there, so that a model can refuse a field without knowing protobuf.
from services.kit.errors import InvalidField as InvalidField
from services.kit.errors import ServiceError
from services.kit.names import parse_uuid


@cache
def required(descriptor: Descriptor) -> tuple[str, ...]:
    """Name the fields of a message that are annotated REQUIRED (AIP-203)."""
    return tuple(
        field.name
        for field in descriptor.fields
        if field_behavior_pb2.REQUIRED
        in field.GetOptions().Extensions[field_behavior_pb2.field_behavior]
    )


def require_fields(request: Message) -> None:
    """Refuse a request in which a required field is empty."""
    for name in required(request.DESCRIPTOR):
        if not getattr(request, name) or (
            isinstance(value := getattr(request, name), Message)
            and not value.ByteSize()
        ):
            raise InvalidField(field=name, expected="a value")


def text(field: str, value: str, *, minimum: int = 0, maximum: int) -> str:
    """Return a text whose length is between the bounds, in characters, or refuse it."""
    if not minimum <= len(value) <= maximum:
        raise InvalidField(field=field, expected=f"{minimum} to {maximum} characters")
    if "\0" in value:
        raise InvalidField(field=field, expected="no NUL character")
    return value


def request_id(value: str) -> UUID | None:
    """Read the UUID that makes a retry safe, if the client sent one (AIP-155)."""
    if not value:
        return None
    try:
        return parse_uuid(value)
    except ServiceError as error:
        raise InvalidField(field="request_id", expected="a UUID") from error
