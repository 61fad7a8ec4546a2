"""The policy as protobuf."""

from collections.abc import Sequence
from typing import Any

from parley.auth.v1 import policy_service_pb2 as pb
from services.auth.policy.model import (
    MAX_DOMAINS,
    MAX_FACTOR_ROLES,
    Policy,
    SignUp,
    domain,
)
from services.auth.roles.model import DEFAULT_ROLE, parse_role
from services.kit.errors import InvalidField

SIGN_UPS: dict[SignUp, pb.Policy.SignUp.ValueType] = {
    "open": pb.Policy.SIGN_UP_OPEN,
    "domains": pb.Policy.SIGN_UP_DOMAINS,
    "invitation": pb.Policy.SIGN_UP_INVITATION,
}
MUTABLE = (
    "sign_up",
    "domains",
    "default_role",
    "second_factor_required",
    "second_factor_roles",
)


def to_policy(policy: Policy) -> pb.Policy:
    """Put the policy on the wire."""
    return pb.Policy(
        sign_up=SIGN_UPS[policy.sign_up],
        domains=policy.domains,
        default_role=f"roles/{policy.default_role}",
        second_factor_required=policy.factor_required,
        second_factor_roles=[f"roles/{role}" for role in policy.factor_roles],
    )


def from_policy(policy: pb.Policy, paths: Sequence[str]) -> dict[str, Any]:
    """Read the fields that a request changes."""
    fields: dict[str, Any] = {}
    if "sign_up" in paths:
        fields["sign_up"] = sign_up(policy.sign_up)
    if "domains" in paths:
        bounded(policy.domains, MAX_DOMAINS, "policy.domains")
        domains = {domain(each, "policy.domains") for each in policy.domains}
        fields["domains"] = sorted(domains)
    if "default_role" in paths:
        name = policy.default_role or f"roles/{DEFAULT_ROLE}"
        fields["default_role"] = parse_role(name)
    if "second_factor_required" in paths:
        fields["factor_required"] = policy.second_factor_required
    if "second_factor_roles" in paths:
        bounded(
            policy.second_factor_roles, MAX_FACTOR_ROLES, "policy.second_factor_roles"
        )
        fields["factor_roles"] = sorted(
            set(map(parse_role, policy.second_factor_roles))
        )
    return fields


def bounded(values: Sequence[str], maximum: int, field: str) -> None:
    """Refuse a list that is too long."""
    if len(values) > maximum:
        raise InvalidField(field=field, expected=f"at most {maximum}")


def sign_up(value: pb.Policy.SignUp.ValueType) -> SignUp:
    """Read who may sign up."""
    for name, number in SIGN_UPS.items():
        if number == value:
            return name
    raise InvalidField(field="policy.sign_up", expected=", ".join(SIGN_UPS))
