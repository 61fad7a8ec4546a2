"""What a caller may do, beside calling at all."""

from services.kit.caller import Caller, current, require_fresh
from services.kit.errors import Kind, ServiceError


class PermissionMissing(ServiceError):
    """Your role, or your key, does not allow this."""

    kind = Kind.FORBIDDEN
    reason = "PERMISSION_MISSING"


def permit(caller: Caller, permission: str, *, fresh: bool) -> None:
    """Let through who may do this, and has shown lately who they are if need be."""
    if permission not in caller.scope:
        raise PermissionMissing(permission=permission)
    if fresh:
        require_fresh(caller)


def permit_also(permission: str) -> None:
    """
    Let through who may do this beside what the method is for.

    A service that acts for a user has asked before: its token says nothing of it.
    """
    caller = current()
    if caller.actor is None:
        permit(caller, permission, fresh=False)
