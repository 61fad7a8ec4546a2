"""What a policy is. No I/O, no protobuf, no SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from services.auth.roles.model import DEFAULT_ROLE
from services.auth.users.emails import EmailAddress
from services.kit.errors import InvalidField, Kind, ServiceError

SignUp = Literal["open", "domains", "invitation"]
MAX_DOMAINS = 100
MAX_FACTOR_ROLES = 100


class SignUpClosed(ServiceError):
    """Only who is invited may sign up here with this address."""

    kind = Kind.FORBIDDEN
    reason = "SIGN_UP_CLOSED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What the installation asks of people."""

    sign_up: SignUp = "open"
    domains: Sequence[str] = ()  # whose addresses may sign up
    default_role: str = DEFAULT_ROLE
    factor_required: bool = False  # of everybody
    factor_roles: Sequence[str] = ()  # whose users need a second factor in any case

    def admits(self, email: EmailAddress) -> bool:
        """Tell whether an address may sign up without an invitation."""
        if self.sign_up == "domains":
            return domain_of(email) in self.domains
        return self.sign_up == "open"


def domain_of(email: EmailAddress) -> str:
    """Return the domain of an address, in ASCII."""
    return email.key.rpartition("@")[2]


def domain(text: str, field: str) -> str:
    """Return a domain in ASCII, or refuse it."""
    if email := EmailAddress.parse(f"somebody@{text}"):
        return domain_of(email)
    raise InvalidField(field=field, expected="a domain, such as example.com")
