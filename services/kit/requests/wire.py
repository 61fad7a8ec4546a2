"""What makes a retry recognisable, read off a request."""

from hashlib import sha256
from typing import Any
from uuid import uuid4

from services.kit import fields
from services.kit.requests.model import Request


def identity(request: Any) -> Request:
    """Read what makes a retry of a request recognisable, whatever its type."""
    id = fields.request_id(request.request_id) or uuid4()
    rest = type(request)()
    rest.MergeFrom(request)
    rest.ClearField("request_id")
    digest = sha256(rest.DESCRIPTOR.full_name.encode())
    digest.update(rest.SerializeToString(deterministic=True))
    return Request(id, digest.digest())
