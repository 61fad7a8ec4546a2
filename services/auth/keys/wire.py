"""Signing keys as protobuf has them."""

from collections.abc import Sequence
from datetime import datetime

from parley.auth.v1 import key_service_pb2 as pb
from services.auth.keys.model import SigningKey, State, state
from services.kit.times import timestamp

STATES: dict[State, pb.SigningKey.State.ValueType] = {
    "next": pb.SigningKey.STATE_NEXT,
    "current": pb.SigningKey.STATE_CURRENT,
    "previous": pb.SigningKey.STATE_PREVIOUS,
    "withdrawn": pb.SigningKey.STATE_WITHDRAWN,
}


def to_signing_key(
    key: SigningKey, keys: Sequence[SigningKey], now: datetime
) -> pb.SigningKey:
    """Say where a key is, among all of them."""
    return pb.SigningKey(
        name=f"signingKeys/{key.id}",
        state=STATES[state(key, keys, now)],
        create_time=timestamp(key.create_time),
        sign_time=timestamp(key.sign_time),
        withdraw_time=timestamp(key.withdraw_time),
    )
