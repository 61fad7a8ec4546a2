"""Answers in SCIM's JSON; the one place that makes SCIM's errors (RFC 7644 3.12)."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from google.api.httpbody_pb2 import HttpBody
from pydantic import ValidationError
from scim2_models import Context as ScimContext
from scim2_models import Error, SCIMException

from services.auth.sessions.metadata import Context
from services.kit.errors import Kind, ServiceError

MEDIA_TYPE = "application/scim+json"
STATUS = "x-scim-status"  # which the edge makes the status of
MAX_DETAIL = 300

# What else there is goes on as gRPC's error: it is no answer, and the edge has words.
STATUSES = {
    Kind.INVALID: (400, "invalidValue"),
    Kind.FORBIDDEN: (403, None),
    Kind.NOT_FOUND: (404, None),
    Kind.CONFLICT: (409, "uniqueness"),
    Kind.PRECONDITION: (409, None),
}

# Told what somebody was refused, before they are.
Refused = Callable[[ServiceError, Context], Awaitable[None]]


class NotAllowed(SCIMException):
    """A method that is not for what it is asked of."""

    status = 405
    _default_detail = "this cannot be done with it"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client gets."""

    content: dict[str, Any] | None
    status: int = 200
    location: str | None = None


async def answered(
    asked: Awaitable[Answer], context: Context, refused: Refused
) -> HttpBody:
    """Wait for an answer, and say it; a refusal is one, of which others are told."""
    try:
        answer = await asked
    except SCIMException as why:
        answer = error(why.status, why.scim_type or None, why.detail)
    except ValidationError as why:
        answer = unfit(why)
    except ServiceError as why:
        if why.kind not in STATUSES:
            raise
        # What goes on as gRPC's error others are told of elsewhere.
        await refused(why, context)
        answer = error(*STATUSES[why.kind], str(why))
    headers = [(STATUS, str(answer.status))]
    if answer.location:
        headers.append(("location", answer.location))
    await context.send_initial_metadata(tuple(headers))
    if answer.content is None:
        return HttpBody()
    data = json.dumps(answer.content, ensure_ascii=False).encode()
    return HttpBody(content_type=MEDIA_TYPE, data=data)


def unfit(refused: ValidationError) -> Answer:
    """Say what of a resource is not as it should be; never its value."""
    first = refused.errors(include_input=False, include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    kind = str(first.get("ctx", {}).get("scim_type") or "invalidValue")
    status = int(first.get("ctx", {}).get("status") or 400)
    return error(status, kind, f"{where}: {first['msg']}" if where else first["msg"])


def error(status: int, scim_type: str | None, detail: str) -> Answer:
    """Refuse in SCIM's way."""
    said = Error(status=status, scim_type=scim_type, detail=detail[:MAX_DETAIL])
    return Answer(said.model_dump(scim_ctx=ScimContext.RESOURCE_QUERY_RESPONSE), status)
