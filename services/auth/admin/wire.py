"""Users as who manages them sees them, and roles, as protobuf."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from parley.access.v1 import access_pb2
from parley.auth.v1 import account_pb2 as pb
from parley.auth.v1 import role_service_pb2 as role_pb
from services.auth.roles.model import Rights, Role
from services.auth.users.model import User
from services.kit.access import Permission, scope_of
from services.kit.errors import InvalidField
from services.kit.times import timestamp

PERMISSIONS = {scope_of(each): each for each in Permission.values() if each}


def to_account(
    user: User, groups: Sequence[UUID], rights: Rights | None = None
) -> pb.Account:
    """Put a user on the wire."""
    return pb.Account(
        name=user.name,
        email=user.email,
        display_name=user.display_name,
        role=f"roles/{user.role}",
        groups=[f"groups/{group}" for group in groups],
        create_time=timestamp(user.create_time),
        disable_time=timestamp(user.disabled_time) if user.disabled_time else None,
        email_verified=user.email_verified_time is not None,
        permissions=permissions(rights.scope) if rights else (),
    )


def to_role(role: Role) -> role_pb.Role:
    """Put a role on the wire."""
    return role_pb.Role(
        name=role.name,
        display_name=role.display_name,
        permissions=permissions(role.permissions),
        built_in=role.built_in,
    )


def permissions(scope: Iterable[str]) -> list[access_pb2.Permission.ValueType]:
    """Put permissions on the wire."""
    return sorted(PERMISSIONS[each] for each in scope if each in PERMISSIONS)


def from_permissions(
    wanted: Iterable[access_pb2.Permission.ValueType],
) -> frozenset[str]:
    """Read permissions; one that there is not is refused."""
    known = {number: name for name, number in PERMISSIONS.items()}
    try:
        return frozenset(known[each] for each in wanted)
    except KeyError as error:
        expected = "permissions that there are"
        raise InvalidField(field="role.permissions", expected=expected) from error
