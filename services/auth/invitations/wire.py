"""Invitations as protobuf."""

from datetime import datetime
from uuid import UUID

from parley.auth.v1 import invitation_service_pb2 as pb
from services.auth.invitations.model import LIFE, MAX_GROUPS, Invitation
from services.auth.policy.model import domain
from services.auth.roles.model import parse_role
from services.auth.users.emails import EmailAddress
from services.kit.errors import InvalidField
from services.kit.names import parse_name
from services.kit.times import timestamp


def to_invitation(invitation: Invitation) -> pb.Invitation:
    """Put an invitation on the wire."""
    shown = pb.Invitation(
        name=invitation.name,
        role=f"roles/{invitation.role}" if invitation.role else "",
        groups=[f"groups/{group}" for group in invitation.groups],
        create_time=timestamp(invitation.create_time),
        expire_time=timestamp(invitation.expire_time),
        creator=f"users/{invitation.creator}",
    )
    if invitation.email:
        shown.email = invitation.email
    if invitation.domain:
        shown.domain = invitation.domain
    return shown


def from_invitation(
    wanted: pb.Invitation, *, id: UUID, creator: UUID, now: datetime
) -> Invitation:
    """Read what kind of invitation somebody wants to make."""
    if len(wanted.groups) > MAX_GROUPS:
        raise InvalidField(field="invitation.groups", expected=f"at most {MAX_GROUPS}")
    email = None
    if wanted.HasField("email"):
        email = EmailAddress.require(wanted.email, "invitation.email")
    return Invitation(
        id=id,
        email=email.text if email else None,
        email_key=email.key if email else None,
        domain=domain(wanted.domain, "invitation.domain")
        if wanted.HasField("domain")
        else None,
        role=parse_role(wanted.role) if wanted.role else None,
        groups=sorted({parse_name(name, "groups")[0] for name in wanted.groups}),
        creator=creator,
        create_time=now,
        expire_time=now + LIFE,
    )
