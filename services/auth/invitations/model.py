"""What invitations are. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from services.auth.policy.model import domain_of
from services.auth.users.emails import EmailAddress
from services.kit.errors import Kind, ServiceError

LIFE = timedelta(days=7)
TOKEN_BYTES = 32
MAX_GROUPS = 50


class InvitationEnded(ServiceError):
    """The invitation was used, has expired, or is for somebody else."""

    kind = Kind.FORBIDDEN
    reason = "INVITATION_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """Lets one person sign up."""

    id: UUID
    email: str | None = field(repr=False)  # the only address that may use it
    email_key: str | None = field(repr=False)
    domain: str | None  # or that of those which may
    role: str | None  # None: what the policy says
    groups: Sequence[UUID]
    creator: UUID
    create_time: datetime
    expire_time: datetime

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"invitations/{self.id}"

    def invites(self, email: EmailAddress) -> bool:
        """Tell whether an address may sign up with it."""
        if self.email_key is not None:
            return email.key == self.email_key
        return self.domain in (None, domain_of(email))


@dataclass(frozen=True, slots=True)
class Admission:
    """What who signs up may do from the beginning."""

    role: str
    groups: Sequence[UUID] = ()
    invitation_id: UUID | None = None


def hash_of(token: str) -> bytes:
    """Return what an invitation is looked up by."""
    return sha256(token.encode()).digest()
