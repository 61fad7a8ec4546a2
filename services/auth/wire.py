"""The model as protobuf messages."""

from parley.auth.v1 import account_service_pb2 as account_pb
from parley.auth.v1 import session_service_pb2 as session_pb
from services.auth.model import AccessToken, Session, User
from services.kit.times import timestamp


def to_user(user: User) -> account_pb.User:
    """Put a user on the wire."""
    return account_pb.User(
        name=user.name,
        email=user.email,
        display_name=user.display_name,
        create_time=timestamp(user.create_time),
    )


def to_session(session: Session) -> session_pb.Session:
    """Put a session on the wire."""
    return session_pb.Session(
        name=session.name,
        create_time=timestamp(session.create_time),
        expire_time=timestamp(session.expire_time),
    )


def to_access_token(token: AccessToken) -> session_pb.AccessToken:
    """Put an access token on the wire."""
    return session_pb.AccessToken(
        token=token.token, expire_time=timestamp(token.expire_time)
    )
