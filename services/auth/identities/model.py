"""What identity providers and identities are. No I/O, no protobuf, no SQL."""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.auth.sessions.model import Challenge, SignedIn
from services.kit.errors import InvalidField, Kind, ServiceError

LIFETIME = timedelta(minutes=10)  # from leaving for a provider to coming back
MAX_IDENTITIES = 20  # of one user
MAX_SUBJECT = 255  # OpenID Connect Core 2
MAX_LABEL = 254
MAX_NEXT = 512
MAX_ANSWER = 4_096  # code, state, iss or error, as they come from a provider

ProviderKind = Literal["google", "github", "microsoft", "oidc"]
Purpose = Literal["sign_in", "again", "link"]

# A path of this Parley: no other site (`//`, `/\`), nothing that a browser would drop.
PATH = re.compile(r"/(?![/\\])[\w\-./?=&%#~:@!$'()*+,;]*", re.ASCII)
BENT = re.compile(r"\.\.|//|/\./")  # what becomes another path, or another site's


class IdentityProviderNotFound(ServiceError):
    """There is no such identity provider."""

    kind = Kind.NOT_FOUND
    reason = "IDENTITY_PROVIDER_NOT_FOUND"


class IdentityProviderUnavailable(ServiceError):
    """The identity provider does not answer now. Begin again in a moment."""

    kind = Kind.UNAVAILABLE
    reason = "IDENTITY_PROVIDER_UNAVAILABLE"


class IdentityFlowEnded(ServiceError):
    """This was begun elsewhere, is done, or took too long. Begin again."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_FLOW_ENDED"


class IdentityDeclined(ServiceError):
    """You were not signed in at the identity provider. Begin again, or another way."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_DECLINED"


class IdentityRefused(ServiceError):
    """The identity provider's answer is not to be trusted, so nothing was done."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_REFUSED"


class Untrusted(Exception):
    """
    A provider's answer does not hold.

    `check` names what, for the log and the audit. Callers see IdentityRefused.
    """

    def __init__(self, check: str) -> None:
        super().__init__(check)
        self.check = check


class IdentityEmailUnverified(ServiceError):
    """The identity provider does not vouch for your e-mail address. Sign up with it."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_EMAIL_UNVERIFIED"


class IdentityEmailTaken(ServiceError):
    """Your e-mail address has an account. Sign in to it, and link this in settings."""

    kind = Kind.CONFLICT
    reason = "IDENTITY_EMAIL_TAKEN"


class IdentityNotAdmitted(ServiceError):
    """Nobody new can come in by this identity provider with that e-mail address."""

    kind = Kind.FORBIDDEN
    reason = "IDENTITY_NOT_ADMITTED"


class IdentityTaken(ServiceError):
    """This identity is linked to another account."""

    kind = Kind.CONFLICT
    reason = "IDENTITY_TAKEN"


class IdentityMismatch(ServiceError):
    """There you are somebody else. Choose the account there that is linked here."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_MISMATCH"


class IdentityNotRenewed(ServiceError):
    """The identity provider did not ask you anew who you are. Show it another way."""

    kind = Kind.PRECONDITION
    reason = "IDENTITY_NOT_RENEWED"


class TooManyIdentities(ServiceError):
    """There are too many identities. Unlink one first."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_IDENTITIES"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """An identity provider, as everybody may see it, and whom it lets in."""

    id: str
    kind: ProviderKind
    display_name: str
    sign_up: bool  # whether somebody new may come in
    trust_email: bool  # whether what it calls a verified address is one
    email_domains: frozenset[str]  # whose addresses may; empty: any
    # Whether coming from it shows who one is, though it does not say when one last did.
    assume_fresh: bool = False

    @property
    def reauthenticates(self) -> bool:
        """Tell whether it can have people show anew who they are."""
        return self.assume_fresh or self.kind in ("oidc", "microsoft")

    def admits(self, email_domain: str) -> bool:
        """Tell whether somebody new with an address there may come in."""
        return self.sign_up and (
            not self.email_domains or email_domain in self.email_domains
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What goes with a person to a provider; the secrets are its browser's alone."""

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)  # PKCE (RFC 7636)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """A person who has left for a provider; kept until they come back, or do not."""

    state_hash: bytes
    browser_hash: bytes
    provider: str
    purpose: Purpose
    user_id: UUID | None  # who links
    next: str
    create_time: datetime

    @property
    def expire_time(self) -> datetime:
        """Return until when they may come back."""
        return self.create_time + LIFETIME


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a browser brings back from a provider."""

    state: str = field(repr=False)
    code: str = field(default="", repr=False)
    issuer: str = ""  # RFC 9207
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, as a provider vouches for them. Only issuer and subject identify."""

    issuer: str
    subject: str = field(repr=False)
    email: str = field(default="", repr=False)
    email_verified: bool = False
    display_name: str = field(default="", repr=False)
    # When they last showed there who they are, if the provider says.
    auth_time: datetime | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in, or what is still asked of them, and where to go on."""

    answer: SignedIn | Challenge
    next: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """A user's account at a provider."""

    id: UUID
    user_id: UUID
    provider: str
    issuer: str
    subject: str = field(repr=False)
    label: str = field(repr=False)  # what tells them apart to their user
    create_time: datetime
    last_use_time: datetime

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"users/{self.user_id}/identities/{self.id}"


def next_path(text: str) -> str:
    """Read where to go after signing in, or refuse what is no path of this Parley."""
    if not text:
        return "/"
    if len(text) > MAX_NEXT or not PATH.fullmatch(text) or BENT.search(text):
        raise InvalidField(field="next_path", expected="a path, such as /chat?c=1")
    return text
