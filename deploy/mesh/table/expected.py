"""What the protos say of each call: who may, and with whose token."""

from collections.abc import Mapping
from typing import Literal

from deploy.mesh.rpcs import Rpc

# How a call ends at a sidecar: let through, refused for who calls, or for the token;
# or it never got there: no connection, nobody of that name, sent elsewhere, another
# error.
Outcome = Literal[
    "allowed",
    "denied",
    "unauthenticated",
    "unreached",
    "unknown",
    "redirected",
    "failed",
]

NO_TOKEN = "none"  # noqa: S105 - a word in a table
# Whose token: the issuer, and for whom it is.
TOKENS: Mapping[str, tuple[str, str]] = {
    "user": ("parley", "parley"),
    "chat": ("parley-chat", "parley-llm"),
    "llm": ("parley-llm", "parley-chat"),
}
# Accounts of the mesh; those of other namespaces may have the same names.
CALLERS: Mapping[str, tuple[str, str]] = {
    "edge": ("parley", "edge"),
    "auth": ("parley", "auth"),
    "chat": ("parley", "chat"),
    "llm": ("parley", "llm"),
    "web": ("parley", "web"),
    "ingress": ("istio-ingress", "ingress"),
    "egress": ("istio-egress", "egress"),
    "edge elsewhere": ("elsewhere", "edge"),
    "prometheus": ("observability", "prometheus"),
}
# Callers that are nobody of the mesh.
PLAINTEXT, UNCERTIFIED = "anybody without TLS", "anybody without a certificate"
# With whose token each caller calls.
CARRIES = {"edge": "user", "auth": "user", "chat": "chat", "llm": "llm"}
# Whose tokens each service takes at all.
TAKES: Mapping[str, set[str]] = {
    "auth": {"user"},
    "chat": {"user", "llm"},
    "llm": {"user", "chat"},
}


def expected(rpc: Rpc, caller: str, token: str) -> Outcome:
    """Say how a call shall end."""
    if token != NO_TOKEN and token not in TAKES[rpc.part]:
        return "unauthenticated"
    if caller not in rpc.callers:
        return "denied"
    return "allowed" if not rpc.needs_token or token == CARRIES[caller] else "denied"
