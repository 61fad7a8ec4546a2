"""What the code raises and what the protos promise are the same."""

import importlib
import pkgutil
from collections.abc import Iterator

import services
from edge.envoy.errors import ERRORS
from parley.error.v1 import error_reason_pb2 as pb
from services.kit.errors import ServiceError

PREFIX = "ERROR_REASON_"
# Raised by no class: what the interceptor says of a bug, what chat stores of a reply
# whose process died, and what the edge's check of JSON says.
BY_NAME = {"INTERNAL", "REPLY_INTERRUPTED", "UNKNOWN_FIELD"}


def all_errors() -> Iterator[type[ServiceError]]:
    for module in pkgutil.walk_packages(services.__path__, "services."):
        if not module.name.endswith(("__main__", ".env")) and ".migrations" not in (
            module.name
        ):
            importlib.import_module(module.name)
    found = [ServiceError]
    while found:
        error = found.pop()
        found += error.__subclasses__()
        if error is not ServiceError:
            yield error


def test_every_reason_of_the_protos_is_used_and_every_used_one_is_there():
    raised = {error.reason for error in all_errors()}
    edge = {error.reason for error in ERRORS}

    promised = {name.removeprefix(PREFIX) for name in pb.ErrorReason.keys()}  # noqa: SIM118 - no dict
    assert raised | edge | BY_NAME == promised - {"UNSPECIFIED"}


def test_every_error_has_a_message_for_people():
    for error in all_errors():
        assert str(error()).endswith("."), error


def test_errors_of_one_reason_have_one_code():
    kinds: dict[str, set[object]] = {}
    for error in all_errors():
        kinds.setdefault(error.reason, set()).add(error.kind)

    assert {reason: kind for reason, kind in kinds.items() if len(kind) > 1} == {}
