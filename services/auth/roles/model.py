"""What roles allow. No I/O, no protobuf, no SQL."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from services.kit.errors import Kind, ServiceError
from services.kit.names import InvalidName

# `parley.access.v1.Permission`, as tokens name them.
ACCOUNT = "account"
API_KEYS = "api_keys"
CHAT = "chat"
KNOWLEDGE = "knowledge"
TOOLS = "tools"
ROLES_WRITE = "roles_write"

GUEST = frozenset({ACCOUNT, CHAT, TOOLS})
MEMBER = GUEST | {KNOWLEDGE, API_KEYS}
OWNER = MEMBER | {
    "users_read",
    "users_write",
    "groups_write",
    ROLES_WRITE,
    "sessions_revoke",
    "invitations_write",
    "impersonate",
    "audit_read",
    "policy_write",
    "signing_keys_rotate",
    "scim",
}
# Who may give roles could give themselves any: owners alone.
ADMIN = OWNER - {ROLES_WRITE}

BUILT_IN: Mapping[str, frozenset[str]] = MappingProxyType(
    {"owner": OWNER, "admin": ADMIN, "member": MEMBER, "guest": GUEST}
)
DEFAULT_ROLE = "member"
FIRST_ROLE = "owner"  # of who comes first

ADMINISTRATIVE = OWNER - MEMBER  # what is not about oneself
# What may be done as somebody else: nothing about accounts, keys or administration.
IMPERSONABLE = frozenset({CHAT, KNOWLEDGE, TOOLS})
MAX_ROLES = 100  # of your own
SLUG = re.compile("[a-z][a-z0-9-]{1,39}")


class RoleNotFound(ServiceError):
    """There is no such role."""

    kind = Kind.NOT_FOUND
    reason = "ROLE_NOT_FOUND"


class RoleTaken(ServiceError):
    """There is another role of this name."""

    kind = Kind.CONFLICT
    reason = "ROLE_TAKEN"


class RoleFixed(ServiceError):
    """This role there always is, as it is."""

    kind = Kind.PRECONDITION
    reason = "ROLE_FIXED"


class RoleInUse(ServiceError):
    """Users, groups, invitations or the policy have this role."""

    kind = Kind.PRECONDITION
    reason = "ROLE_IN_USE"


class TooManyRoles(ServiceError):
    """There are as many roles as may be."""

    kind = Kind.EXHAUSTED
    reason = "TOO_MANY_ROLES"


class RightsExceeded(ServiceError):
    """This allows more than you may do yourself."""

    kind = Kind.FORBIDDEN
    reason = "RIGHTS_EXCEEDED"


class LastOwner(ServiceError):
    """One owner there has to be. Make another one first."""

    kind = Kind.PRECONDITION
    reason = "LAST_OWNER"


@dataclass(frozen=True, slots=True)
class Role:
    """What somebody may do, and what it is called."""

    id: str
    display_name: str
    permissions: frozenset[str]

    @property
    def name(self) -> str:
        """Return the resource name."""
        return f"roles/{self.id}"

    @property
    def built_in(self) -> bool:
        """Tell whether there always is this role."""
        return self.id in BUILT_IN


ALWAYS = tuple(Role(id, id.capitalize(), allows) for id, allows in BUILT_IN.items())


def parse_role(name: str) -> str:
    """Read the ID from `roles/{role}`."""
    collection, _, id = name.partition("/")
    if collection != "roles" or not SLUG.fullmatch(id):
        raise InvalidName(name=name[:200], expected="roles/*")
    return id


def within(scope: frozenset[str], permissions: frozenset[str]) -> None:
    """Refuse what allows more than somebody may: they would give it to themselves."""
    if not permissions <= scope:
        raise RightsExceeded


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do, and the groups the user is in."""

    scope: frozenset[str]
    groups: tuple[UUID, ...] = ()
    roles: frozenset[str] = frozenset()  # the user's own, and those of the groups
