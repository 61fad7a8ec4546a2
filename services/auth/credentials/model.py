"""What comes of another password, and what can go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

from services.auth.sessions.model import Session
from services.auth.users.model import User
from services.kit.errors import Kind, ServiceError


class MailOff(ServiceError):
    """This Parley sends no mail. Ask whoever runs it for a new password."""

    kind = Kind.PRECONDITION
    reason = "MAIL_OFF"


@dataclass(frozen=True, slots=True)
class Replaced:
    """A user who has another password, and the sessions that ended with the old one."""

    user: User
    ended: Sequence[Session] = ()
