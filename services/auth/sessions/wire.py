"""Sessions as protobuf."""

from datetime import datetime
from uuid import UUID

from parley.auth.v1 import session_service_pb2 as pb
from services.auth.sessions.model import AccessToken, Challenge, Factor, Proof, Session
from services.kit.times import timestamp


def to_session(session: Session, *, current: UUID | None = None) -> pb.Session:
    """Put a session on the wire."""
    return pb.Session(
        name=session.name,
        create_time=timestamp(session.create_time),
        expire_time=timestamp(session.expire_time),
        last_use_time=timestamp(session.last_use_time),
        user_agent=session.user_agent,
        address=session.address or "",
        methods=session.methods,
        current=session.id == current,
    )


# What tells where a page of sessions ends, and how it is read again.
PAGE_KEY = (datetime.fromisoformat, UUID)


def page_key(last: Session) -> tuple[str, UUID]:
    """Tell where a page ends: its last session may be gone when the next is read."""
    return last.create_time.isoformat(), last.id


def to_access_token(token: AccessToken) -> pb.AccessToken:
    """Put an access token on the wire."""
    return pb.AccessToken(token=token.token, expire_time=timestamp(token.expire_time))


FACTORS: dict[Factor, pb.SignInChallenge.Factor.ValueType] = {
    "totp": pb.SignInChallenge.FACTOR_TOTP,
    "passkey": pb.SignInChallenge.FACTOR_PASSKEY,
    "recovery_code": pb.SignInChallenge.FACTOR_RECOVERY_CODE,
}
PROOFS: dict[str, Factor] = {
    "totp_code": "totp",
    "passkey_response_json": "passkey",
    "recovery_code": "recovery_code",
}


def to_challenge(challenge: Challenge) -> pb.SignInChallenge:
    """Put a challenge on the wire."""
    return pb.SignInChallenge(
        token=challenge.token,
        factors=sorted(FACTORS[factor] for factor in challenge.factors),
        expire_time=timestamp(challenge.expire_time),
    )


def from_proof(
    request: pb.CompleteSessionRequest | pb.ReauthenticateSessionRequest,
) -> Proof | None:
    """Read the second factor that a request shows, if it shows one."""
    shown = request.WhichOneof("proof")
    return Proof(PROOFS[shown], getattr(request, shown)) if shown else None
