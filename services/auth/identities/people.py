"""Who a provider's claims are about. No I/O."""

from datetime import UTC, datetime
from typing import Any
from unicodedata import category

from services.auth.identities.model import Person
from services.auth.identities.registration import Registration
from services.auth.users.model import MAX_DISPLAY_NAME


def person_of(claims: dict[str, Any], registration: Registration) -> Person:
    """Read who claims that hold are about."""
    email, said = claims.get("email"), claims.get("auth_time")
    return Person(
        issuer=claims["iss"],
        subject=claims["sub"],
        email=email if isinstance(email, str) else "",
        email_verified=vouches(claims, registration),
        display_name=shown(claims.get("name")),
        auth_time=None if said is None else datetime.fromtimestamp(said, UTC),
    )


def vouches(claims: dict[str, Any], registration: Registration) -> bool:
    """
    Tell whether the provider says that it has verified the address.

    True itself, not a text that looks like it. Microsoft says it in a claim of its own,
    which has to be asked for: an `email` without it is what anybody may have written.
    """
    if registration.provider.kind == "microsoft":
        return claims.get("xms_edov") in (True, "1", "true")
    return claims.get("email_verified") is True


def shown(name: object) -> str:
    """Return a name as others may see it: short, and nothing but letters and such."""
    if not isinstance(name, str):
        return ""
    kept = "".join(each for each in name if not category(each).startswith("C"))
    return kept.strip()[:MAX_DISPLAY_NAME].strip()
