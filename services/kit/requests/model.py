"""What makes a retry of a request recognisable (AIP-155)."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Request:
    """What makes a retry recognisable: an ID, and a digest of everything asked."""

    id: UUID
    digest: bytes
