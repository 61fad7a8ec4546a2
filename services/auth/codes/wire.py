"""Codes as protobuf."""

from parley.auth.v1 import verification_pb2 as pb
from services.auth.codes.model import Verification
from services.kit.times import timestamp


def to_verification(verification: Verification) -> pb.Verification:
    """Put what a code has to be shown with on the wire."""
    return pb.Verification(
        token=verification.token, expire_time=timestamp(verification.expire_time)
    )
