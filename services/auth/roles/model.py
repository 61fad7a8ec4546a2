"""What roles allow. No I/O, no protobuf, no SQL."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

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


@dataclass(frozen=True, slots=True)
class Rights:
    """What a user may do, and the groups the user is in."""

    scope: frozenset[str]
    groups: tuple[UUID, ...] = ()
