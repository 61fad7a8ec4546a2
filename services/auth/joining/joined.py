"""All that auth serves."""

from functools import partial

from parley.auth.v1 import key_service_pb2_grpc as key_grpc
from services.auth.joining.core import Core
from services.auth.joining.given import Add, Given
from services.auth.joining.people import people
from services.auth.joining.programs import programs
from services.auth.keys.servicer import KeyServicer

SERVICES = tuple(
    f"parley.auth.v1.{name}Service"
    for name in (
        "Account",
        "ApiKey",
        "Credential",
        "Device",
        "Factor",
        "Key",
        "OAuth",
        "Passkey",
        "Session",
    )
)


def joined(given: Given) -> tuple[Add, ...]:
    """Join the parts: what adds each of `SERVICES` to a server."""
    core = Core(given)
    keys = KeyServicer(given.access_tokens)
    return (
        *people(core),
        *programs(core),
        partial(key_grpc.add_KeyServiceServicer_to_server, keys),
    )
