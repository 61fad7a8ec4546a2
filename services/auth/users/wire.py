"""Users as protobuf."""

from parley.auth.v1 import account_service_pb2 as pb
from services.auth.users.model import User
from services.kit.times import timestamp


def to_user(user: User) -> pb.User:
    """Put a user on the wire."""
    return pb.User(
        name=user.name,
        email=user.email,
        display_name=user.display_name,
        create_time=timestamp(user.create_time),
        role=user.role,
        email_verified=user.email_verified_time is not None,
        has_password=user.password_hash is not None,
    )
