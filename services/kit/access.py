"""Who may call a method, as its proto says (`parley.access.v1`)."""

from functools import lru_cache

from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pool import Default

from parley.access.v1 import access_pb2 as pb

Access = pb.Access
Permission = pb.Permission
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
    return stated(method)


def stated(method: MethodDescriptor) -> Access:
    """Read what stands beside a method, and what its service says for all of them."""
    access = Access()
    access.CopyFrom(method.GetOptions().Extensions[pb.access])
    if not access.permission:
        service = method.containing_service.GetOptions()
        access.permission = service.Extensions[pb.permission]
    return access


@lru_cache(100)
def scope_of(permission: Permission.ValueType) -> str:
    """Name a permission as the claim `scope` does."""
    return Permission.Name(permission).removeprefix("PERMISSION_").lower()


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


def is_stated(access: Access) -> bool:
    """Tell whether it says who may call and, where a user's token counts, what for."""
    users = not WITH_THE_USERS_TOKEN.isdisjoint(access.callers)
    needed = users and access.token != Access.TOKEN_NONE
    return bool(access.callers) and bool(access.permission or not needed)


def unstated(service: str) -> list[str]:
    """Name the methods of a service that do not say who may call them."""
    found = Default().FindServiceByName(service)
    return [
        method.full_name for method in found.methods if not is_stated(stated(method))
    ]
