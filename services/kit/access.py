"""Who may call a method, as its proto says (`parley.access.v1`)."""

from functools import lru_cache

from google.protobuf.descriptor_pool import Default

from parley.access.v1 import access_pb2 as pb

Access = pb.Access
NOBODY = Access()
METHODS = 1_024  # remembered, also of those that there are not
EDGE = "edge"


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
    caller = Access.Caller.Value(f"CALLER_{(actor or EDGE).upper()}")
    return caller in access.callers
