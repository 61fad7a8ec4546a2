"""Resource names (AIP-122)."""

from uuid import UUID

from services.kit.errors import Kind, ServiceError


class InvalidName(ServiceError):
    """The resource name or the ID is malformed."""

    kind = Kind.INVALID
    reason = "INVALID_NAME"


def parse_name(name: str, *collections: str) -> tuple[UUID, ...]:
    """Read the IDs from `{collection}/{id}/{collection}/{id}`."""
    parts = name.split("/")
    if tuple(parts[::2]) != collections or len(parts) != 2 * len(collections):
        raise InvalidName(name=name[:200], expected="/*/".join(collections) + "/*")
    return tuple(map(parse_uuid, parts[1::2]))


def parse_uuid(text: str) -> UUID:
    """Read a UUID in its one canonical form, or refuse it."""
    try:
        parsed = UUID(text)
    except ValueError as error:
        raise InvalidName(name=text[:200], expected="a UUID") from error
    if str(parsed) != text.lower():
        raise InvalidName(name=text[:200], expected="a UUID")
    return parsed
