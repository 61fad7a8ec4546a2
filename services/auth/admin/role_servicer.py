"""The gRPC surface of roles: request in, domain call, response out."""

from parley.auth.v1 import role_service_pb2 as pb
from parley.auth.v1 import role_service_pb2_grpc as pb_grpc
from services.auth.admin.wire import from_permissions, to_role
from services.auth.groups.model import MAX_NAME
from services.auth.roles.model import Role, parse_role
from services.auth.roles.roles import Roles
from services.auth.sessions.metadata import Context, acting
from services.kit.lines import one_line
from services.kit.masks import changed_fields
from services.kit.pages import Page


class RoleServicer(pb_grpc.RoleServiceServicer):
    """Serves `parley.auth.v1.RoleService`."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    async def ListRoles(
        self, request: pb.ListRolesRequest, context: Context
    ) -> pb.ListRolesResponse:
        page = Page.of(request, str)
        (after,) = page.after or (None,)
        found = await self._roles.page(after=after, limit=page.size + 1)
        return pb.ListRolesResponse(
            roles=map(to_role, found[: page.size]),
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def GetRole(
        self, request: pb.GetRoleRequest, context: Context
    ) -> pb.GetRoleResponse:
        role = await self._roles.role(parse_role(request.name))
        return pb.GetRoleResponse(role=to_role(role))

    async def CreateRole(
        self, request: pb.CreateRoleRequest, context: Context
    ) -> pb.CreateRoleResponse:
        role = Role(
            parse_role(request.role.name),
            display_name(request.role),
            from_permissions(request.role.permissions),
        )
        made = await self._roles.create(role, by=acting(context))
        return pb.CreateRoleResponse(role=to_role(made))

    async def UpdateRole(
        self, request: pb.UpdateRoleRequest, context: Context
    ) -> pb.UpdateRoleResponse:
        role = request.role
        id = parse_role(role.name)
        paths = changed_fields(
            role, request.update_mask.paths, ("display_name", "permissions")
        )
        changed = await self._roles.update(
            id,
            display_name=display_name(role) if "display_name" in paths else None,
            permissions=from_permissions(role.permissions)
            if "permissions" in paths
            else None,
            by=acting(context),
        )
        return pb.UpdateRoleResponse(role=to_role(changed))

    async def DeleteRole(
        self, request: pb.DeleteRoleRequest, context: Context
    ) -> pb.DeleteRoleResponse:
        id = parse_role(request.name)
        await self._roles.delete(id, by=acting(context))
        return pb.DeleteRoleResponse()


def display_name(role: pb.Role) -> str:
    """Read what a role is called."""
    name = role.display_name.strip()
    return one_line("role.display_name", name, minimum=1, maximum=MAX_NAME)
