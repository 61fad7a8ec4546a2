"""Revocations as protobuf has them."""

from parley.auth.v1 import revocation_service_pb2 as pb
from services.kit.revocations import Revoked


def to_revocation(revoked: Revoked) -> pb.Revocation:
    """Say what is revoked."""
    match revoked.kind:
        case "session":
            return pb.Revocation(session_id=revoked.id)
        case "key":
            return pb.Revocation(key_id=revoked.id)
        case "signing_key":
            return pb.Revocation(signing_key_id=revoked.id)
        case "token":
            return pb.Revocation(token_id=revoked.id)
        case "user":
            user = pb.UserRevocation(user_id=revoked.id, version=revoked.version)
            return pb.Revocation(user=user)
