"""Sessions as protobuf."""

from parley.auth.v1 import session_service_pb2 as pb
from services.auth.sessions.model import AccessToken, Session
from services.kit.times import timestamp


def to_session(session: Session) -> pb.Session:
    """Put a session on the wire."""
    return pb.Session(
        name=session.name,
        create_time=timestamp(session.create_time),
        expire_time=timestamp(session.expire_time),
    )


def to_access_token(token: AccessToken) -> pb.AccessToken:
    """Put an access token on the wire."""
    return pb.AccessToken(token=token.token, expire_time=timestamp(token.expire_time))
