"""What an e-mail address is, and when two are the same."""

from dataclasses import dataclass, field
from typing import Self
from unicodedata import normalize

from email_validator import EmailNotValidError, validate_email

from services.kit.errors import InvalidField

MAX_LENGTH = 254  # RFC 5321 4.5.3.1.3, without the angle brackets


@dataclass(frozen=True, slots=True)
class EmailAddress:
    """An address that is well-formed; whether it exists is not known."""

    text: str = field(repr=False)
    local_part: str = field(repr=False)
    key: str = field(repr=False)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Read an address, if it is one."""
        # Long texts first: what follows is not linear in the length.
        if len(text) > MAX_LENGTH:
            return None
        try:
            found = validate_email(text, check_deliverability=False, strict=True)
        except EmailNotValidError:
            return None
        # Case is folded before the @ alone: IDNA has its own rules, by which straße.de
        # and strasse.de are two domains.
        local = normalize("NFC", found.local_part.casefold())
        return cls(found.normalized, found.local_part, f"{local}@{found.ascii_domain}")

    @classmethod
    def require(cls, text: str, field: str) -> Self:
        """Read an address, or refuse it."""
        if address := cls.parse(text):
            return address
        raise InvalidField(field=field, expected="an e-mail address")
