"""All that auth serves."""

from functools import partial

from parley.auth.v1 import audit_service_pb2_grpc as audit_grpc
from parley.auth.v1 import key_service_pb2_grpc as key_grpc
from parley.auth.v1 import revocation_service_pb2_grpc as revocation_grpc
from services.auth.audit.servicer import AuditServicer
from services.auth.audit.store import PostgresRecords
from services.auth.joining.administering import administering
from services.auth.joining.core import Core
from services.auth.joining.elsewhere import elsewhere
from services.auth.joining.given import Add, Given
from services.auth.joining.people import people
from services.auth.joining.programs import programs
from services.auth.keys.servicer import KeyServicer
from services.auth.revocations.servicer import RevocationServicer

SERVICES = tuple(
    f"parley.auth.v1.{name}Service"
    for name in (
        "Account",
        "Admin",
        "ApiKey",
        "Audit",
        "Credential",
        "Device",
        "Factor",
        "Group",
        "Identity",
        "Impersonation",
        "Invitation",
        "Key",
        "OAuth",
        "Passkey",
        "Policy",
        "Revocation",
        "Role",
        "Scim",
        "Session",
    )
)


def joined(given: Given) -> tuple[Add, ...]:
    """Join the parts: what adds each of `SERVICES` to a server."""
    core = Core(given)
    keys = KeyServicer(given.access_tokens, given.rotation, given.clock)
    audit = AuditServicer(PostgresRecords(given.database), given.audit_keys)
    return (
        *people(core),
        *programs(core),
        *elsewhere(core),
        *administering(core),
        partial(key_grpc.add_KeyServiceServicer_to_server, keys),
        partial(
            revocation_grpc.add_RevocationServiceServicer_to_server,
            RevocationServicer(given.feed),
        ),
        partial(audit_grpc.add_AuditServiceServicer_to_server, audit),
    )
