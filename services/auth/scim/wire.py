"""What clients ask for by SCIM: read, bounded, or refused."""

import json
from typing import Any

from scim2_models import (
    InvalidFilterException,
    InvalidSyntaxException,
    ResponseParameters,
    ScimFilter,
)
from scim2_models.path import FilterNode

from parley.auth.v1 import scim_service_pb2 as pb
from services.auth.scim.model import MAX_RESULTS, Slice
from services.auth.scim.resources import Group as ScimGroup
from services.auth.scim.resources import User as ScimUser

DEFAULT_COUNT = 100
MAX_FILTER = 1_000
MAX_BYTES = 512 * 1024
MAX_INT = 2**31 - 1

Model = type[ScimUser] | type[ScimGroup]
MODELS: dict[str, Model] = {"Users": ScimUser, "Groups": ScimGroup}


def body(request: Any) -> dict[str, Any]:
    """Read the JSON that a request carries."""
    data = request.content.data
    if len(data) > MAX_BYTES:
        raise InvalidSyntaxException(detail=f"more than {MAX_BYTES} bytes")
    try:
        found = json.loads(data)
        # Half of a character, written as an escape, is no text that can be stored.
        json.dumps(found, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise InvalidSyntaxException(detail="this is no JSON") from error
    if not isinstance(found, dict):
        raise InvalidSyntaxException(detail="this is no JSON object")
    return found


def filter_of(text: str, model: Model) -> FilterNode | None:
    """Read a filter, if there is one."""
    if not text:
        return None
    if len(text) > MAX_FILTER:
        raise InvalidFilterException(detail=f"more than {MAX_FILTER} characters")
    return ScimFilter[model](text).ast  # type: ignore[valid-type]  # one of two


def slice_of(request: pb.ListScimResourcesRequest) -> Slice:
    """Read which part of the list is asked for (RFC 7644 3.4.2.4)."""
    count = request.count if request.HasField("count") else DEFAULT_COUNT
    return Slice(max(request.start_index, 1), min(max(count, 0), MAX_RESULTS))


def number(value: int | None) -> int | None:
    """Return a number that a field can hold; one far out there means the same."""
    return None if value is None else max(-MAX_INT, min(value, MAX_INT))


def parameters(request: Any, model: Model) -> Any:
    """Read which attributes are asked for."""
    asked = {
        "attributes": request.attributes or None,
        "excludedAttributes": request.excluded_attributes or None,
    }
    return ResponseParameters[model].model_validate(asked)  # type: ignore[valid-type]  # one of two
