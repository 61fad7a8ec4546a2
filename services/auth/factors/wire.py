"""Factors as protobuf."""

from parley.auth.v1 import factor_service_pb2 as pb
from services.auth.factors.model import Factor, FactorKind
from services.kit.times import timestamp

KINDS: dict[FactorKind, pb.Factor.Kind.ValueType] = {
    "totp": pb.Factor.KIND_TOTP,
    "passkey": pb.Factor.KIND_PASSKEY,
}


def to_factor(factor: Factor) -> pb.Factor:
    """Put a factor on the wire."""
    return pb.Factor(
        name=factor.name,
        display_name=factor.display_name,
        create_time=timestamp(factor.create_time),
        last_use_time=timestamp(factor.last_use_time),
        kind=KINDS[factor.kind],
        backup_eligible=factor.backup_eligible,
        backed_up=factor.backed_up,
    )
