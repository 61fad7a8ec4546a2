"""Who may call a method, as its proto says (`parley.access.v1`)."""

from functools import lru_cache

from google.protobuf.descriptor_pool import Default

from parley.access.v1 import access_pb2 as pb

Access = pb.Access
NOBODY = Access()
METHODS = 1_024  # remembered, also of those that there are not
# Who comes with a user's own token. A service cannot tell one from the other: the mesh
# does (`deploy/istio/base/access/`).
WITH_THE_USERS_TOKEN = frozenset({Access.CALLER_EDGE, Access.CALLER_AUTH})
SERVICES = {"chat": Access.CALLER_CHAT, "llm": Access.CALLER_LLM}


@lru_cache(METHODS)
def access_of(method_name: str) -> Access:
    """Read what stands beside `/package.Service/Method`; of unknown ones, nobody."""
    name = method_name.removeprefix("/").replace("/", ".")
    try:
        method = Default().FindMethodByName(name)
    except KeyError:
        return NOBODY
    return method.GetOptions().Extensions[pb.access]


def admits(access: Access, actor: str | None) -> bool:
    """Tell whether a service may call for a user; None: the user themselves."""
    if actor is None:
        return not WITH_THE_USERS_TOKEN.isdisjoint(access.callers)
    return SERVICES.get(actor) in access.callers


def admits_without_token(access: Access) -> bool:
    """Tell whether a call may come without an access token."""
    if access.token == Access.TOKEN_NONE:
        return bool(access.callers)
    # Nobody but the edge has calls of people who have not signed in.
    return access.token == Access.TOKEN_OPTIONAL and (
        Access.CALLER_EDGE in access.callers
    )


def unstated(service: str) -> list[str]:
    """Name the methods of a service that do not say who may call them."""
    found = Default().FindServiceByName(service)
    return [
        method.full_name
        for method in found.methods
        if not method.GetOptions().Extensions[pb.access].callers
    ]
