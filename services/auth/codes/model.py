"""What codes are. No I/O, no protobuf, no SQL."""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import randbelow
from typing import Literal
from uuid import UUID

from services.auth.mail.model import Kind as Letter
from services.kit.errors import Kind, ServiceError

Purpose = Literal["sign_up", "reset", "email"]
# Why a code is not taken: "ended" also if it was never there.
Refusal = Literal["wrong", "ended"]

DIGITS = 8
LIFETIME = timedelta(minutes=10)
MAX_TRIES = 5
MAX_MAILS = 5  # codes that one request can have sent, one after the other
TOKEN_BYTES = 32


class WrongCode(ServiceError):
    """The code is wrong. Look at the latest mail again."""

    kind = Kind.INVALID
    reason = "WRONG_CODE"


class CodeEnded(ServiceError):
    """The code was used, took too long, or too many tries. Ask for another."""

    kind = Kind.PRECONDITION
    reason = "CODE_ENDED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """
    What is waiting for a code.

    `letter` is what is written to the address: for who must not come further, not the
    code, so that nobody can have it.
    """

    purpose: Purpose
    email: str = field(repr=False)
    email_key: str = field(repr=False)
    letter: Letter
    user_id: UUID | None = None
    about: Mapping[str, str] = field(default_factory=dict, repr=False)

    @property
    def hopeless(self) -> bool:
        """Tell whether no code can be right."""
        return self.letter not in ("verify_email", "reset_password")


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A code as it is kept: nothing in it can be shown to be who asked."""

    token_hash: bytes
    code_hash: bytes
    expire_time: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What who asked keeps, to show it together with the code."""

    token: str = field(repr=False)
    expire_time: datetime


def new_code() -> str:
    """Make a code."""
    return f"{randbelow(10**DIGITS):0{DIGITS}}"


def hash_of_token(token: str) -> bytes:
    """Return what is kept of a token."""
    return sha256(token.encode()).digest()


def hash_of_code(code: str, token: str) -> bytes:
    """
    Return what is kept of a code.

    There are few codes, so a hash alone could be searched for; the token, which is not
    kept, makes that hopeless.
    """
    return hmac.digest(token.encode(), typed(code).encode(), "sha256")


def typed(code: str) -> str:
    """Return a code as it was sent: people put spaces and dashes into it."""
    return "".join(c for c in code if not c.isspace() and c != "-")
