"""What the edge itself answers when it refuses a call: a typed error (AIP-193)."""

import json
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field

from google.protobuf import json_format
from google.protobuf.duration_pb2 import Duration
from google.rpc import code_pb2, error_details_pb2, status_pb2

DOMAIN = "parley.dev"
PARTS = ("auth", "chat", "llm", "web")
RETRY_SECONDS = 1
# At most as long as attempts are remembered: auth knows better, and the edge says this.
ATTEMPTS_SECONDS = 15 * 60
RETRY_AFTER = {"retry-after": str(RETRY_SECONDS)}


@dataclass(frozen=True, slots=True)
class EdgeError:
    """
    One refusal: when it is given, and what it says.

    `when` is a CEL expression over Envoy's attributes. `reason` is one of
    `parley.error.v1.ErrorReason`, `code` the gRPC code that its comment names there.
    """

    when: str
    reason: str
    code: str
    http: int
    message: str
    metadata: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    retry_seconds: int = 0

    @property
    def status(self) -> status_pb2.Status:
        """The error as gRPC's richer error model has it."""
        status = status_pb2.Status(code=self.number, message=self.message)
        status.details.add().Pack(
            error_details_pb2.ErrorInfo(
                reason=self.reason, domain=DOMAIN, metadata=self.metadata
            ),
            # The same bytes at every start, so that nothing is restarted for them.
            deterministic=True,
        )
        if self.retry_seconds:
            delay = Duration(seconds=self.retry_seconds)
            status.details.add().Pack(error_details_pb2.RetryInfo(retry_delay=delay))
        return status

    @property
    def number(self) -> int:
        """The number of the gRPC code."""
        number: int = code_pb2.Code.Value(self.code)
        return number

    @property
    def details(self) -> str:
        """The status as the metadata `grpc-status-details-bin` carries it."""
        return b64encode(self.status.SerializeToString(deterministic=True)).decode()

    @property
    def json(self) -> str:
        """The status as a JSON body."""
        return json.dumps(json_format.MessageToDict(self.status), sort_keys=True)


def unavailable(when: str, part: str) -> EdgeError:
    """Say which part of Parley is down."""
    return EdgeError(
        when=when,
        reason="UNAVAILABLE",
        code="UNAVAILABLE",
        http=503,
        message="A part of Parley is not available now. Try again in a moment.",
        metadata={"part": part},
        headers=RETRY_AFTER,
        retry_seconds=RETRY_SECONDS,
    )


def details(text: str) -> str:
    """Match what Envoy says of why it answered."""
    return f'response.code_details.contains("{text}")'


# Whether the caller speaks gRPC, or gRPC-Web and the filter for it has had the call.
# (Before that, the HTTP status tells a gRPC-Web client.) What the transcoder has made
# gRPC has kept its path in a header, which nobody outside can set.
IS_GRPC = (
    'request.headers["content-type"].startsWith("application/grpc")'
    ' && !request.headers["content-type"].startsWith("application/grpc-web")'
    ' && !("x-envoy-original-path" in request.headers)'
)
# Nobody there, cut off, or too slow.
DOWN = "(response.code >= 502 || response.code == 408)"
# Carries the code past the gRPC-Web filter, which derives one from the HTTP status.
GRPC_STATUS_HEADER = "x-edge-grpc-status"


# The first that fits is given. Lua's own replies (`json_fields.lua`) fit none.
ERRORS = (
    # Keys that auth has not given yet say nothing about a token: a client that were
    # told UNAUTHENTICATED would sign its user out.
    unavailable(details("{Jwks_remote_fetch_is_failed}"), "auth"),
    EdgeError(
        when=details("jwt_authn_access_denied"),
        reason="UNAUTHENTICATED",
        code="UNAUTHENTICATED",
        http=401,
        message="Sign in first: the access token is missing, expired or not valid.",
        headers={"www-authenticate": "Bearer"},
    ),
    EdgeError(
        when=f"response.code == 401 && {details('ext_authz_denied')}",
        reason="API_KEY_INVALID",
        code="UNAUTHENTICATED",
        http=401,
        message="This API key is not valid, or not any more. Make another one.",
        headers={"www-authenticate": "Bearer"},
    ),
    EdgeError(
        when=f"response.code == 429 && {details('ext_authz_denied')}",
        reason="TOO_MANY_ATTEMPTS",
        code="RESOURCE_EXHAUSTED",
        http=429,
        message="There were too many attempts. Try again later.",
        headers={"retry-after": str(ATTEMPTS_SECONDS)},
        retry_seconds=ATTEMPTS_SECONDS,
    ),
    unavailable(details("ext_authz_error"), "auth"),
    EdgeError(
        when="response.code == 413 || response.code == 431",
        reason="REQUEST_TOO_LARGE",
        code="RESOURCE_EXHAUSTED",
        http=413,
        message="The request is larger than it may be.",
    ),
    EdgeError(
        when=f"response.code == 429 || {details('overflow')} || {details('overload')}",
        reason="OVERLOADED",
        code="RESOURCE_EXHAUSTED",
        http=429,
        message="Parley is busy. Try again in a moment.",
        headers=RETRY_AFTER,
        retry_seconds=RETRY_SECONDS,
    ),
    EdgeError(
        when="response.code == 404 || response.code == 405 || "
        + details("path_normalization_failed"),
        reason="UNKNOWN_METHOD",
        code="UNIMPLEMENTED",
        http=404,
        message="There is no such path or method.",
    ),
    EdgeError(
        when=f"response.code == 400 && {details('grpc_json_transcode_failure')}",
        reason="INVALID_JSON",
        code="INVALID_ARGUMENT",
        http=400,
        message="This is not the JSON of the request.",
    ),
    EdgeError(
        when='response.code == 400 && response.code_details != "lua_response"',
        reason="INVALID_FIELD",
        code="INVALID_ARGUMENT",
        http=400,
        message="The request has headers that are not allowed.",
        metadata={"field": "headers", "expected": "valid HTTP, no _ in names"},
    ),
    *(unavailable(f'{DOWN} && xds.cluster_name == "{part}"', part) for part in PARTS),
    unavailable(DOWN, "edge"),
    EdgeError(
        when="response.code == 500",
        reason="INTERNAL",
        code="INTERNAL",
        http=500,
        message="Internal error.",
    ),
)
