"""Groups as protobuf."""

from parley.auth.v1 import group_service_pb2 as pb
from services.auth.groups.model import Group
from services.auth.roles.model import parse_role
from services.kit.times import timestamp


def to_group(group: Group) -> pb.Group:
    """Put a group on the wire."""
    return pb.Group(
        name=group.name,
        display_name=group.display_name,
        role=f"roles/{group.role}" if group.role else "",
        create_time=timestamp(group.create_time),
    )


def role_of(group: pb.Group) -> str | None:
    """Read a group's role, if it has one."""
    return parse_role(group.role) if group.role else None
