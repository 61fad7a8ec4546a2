"""The gRPC surface of groups: request in, domain call, response out."""

from uuid import UUID, uuid4

from parley.auth.v1 import group_service_pb2 as pb
from parley.auth.v1 import group_service_pb2_grpc as pb_grpc
from services.auth.groups.groups import Groups
from services.auth.groups.model import Group, group_name
from services.auth.groups.wire import role_of, to_group
from services.auth.sessions.metadata import Context, acting
from services.kit.caller import require
from services.kit.clock import Clock
from services.kit.fields import request_id
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page


class GroupServicer(pb_grpc.GroupServiceServicer):
    """Serves `parley.auth.v1.GroupService`."""

    def __init__(self, groups: Groups, clock: Clock) -> None:
        self._groups = groups
        self._clock = clock

    async def ListGroups(
        self, request: pb.ListGroupsRequest, context: Context
    ) -> pb.ListGroupsResponse:
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._groups.page(after=after, limit=page.size + 1)
        return pb.ListGroupsResponse(
            groups=map(to_group, found[: page.size]),
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def GetGroup(
        self, request: pb.GetGroupRequest, context: Context
    ) -> pb.GetGroupResponse:
        (group_id,) = parse_name(request.name, "groups")
        return pb.GetGroupResponse(group=to_group(await self._groups.get(group_id)))

    async def ListUserGroups(
        self, request: pb.ListUserGroupsRequest, context: Context
    ) -> pb.ListUserGroupsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._groups.page_of(user_id, after=after, limit=page.size + 1)
        return pb.ListUserGroupsResponse(
            groups=map(to_group, found[: page.size]),
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def CreateGroup(
        self, request: pb.CreateGroupRequest, context: Context
    ) -> pb.CreateGroupResponse:
        now = self._clock()
        group = Group(
            id=request_id(request.request_id) or uuid4(),
            display_name=group_name(request.group.display_name),
            role=role_of(request.group),
            create_time=now,
            update_time=now,
        )
        made = await self._groups.create(group, by=acting(context))
        return pb.CreateGroupResponse(group=to_group(made))

    async def UpdateGroup(
        self, request: pb.UpdateGroupRequest, context: Context
    ) -> pb.UpdateGroupResponse:
        group = request.group
        (group_id,) = parse_name(group.name, "groups")
        paths = changed_fields(
            group, request.update_mask.paths, ("display_name", "role")
        )
        fields: dict[str, str | None] = {}
        if "display_name" in paths:
            fields["display_name"] = group_name(group.display_name)
        if "role" in paths:
            fields["role"] = role_of(group)
        changed = await self._groups.update(group_id, by=acting(context), **fields)
        return pb.UpdateGroupResponse(group=to_group(changed))

    async def DeleteGroup(
        self, request: pb.DeleteGroupRequest, context: Context
    ) -> pb.DeleteGroupResponse:
        (group_id,) = parse_name(request.name, "groups")
        await self._groups.delete(group_id, by=acting(context))
        return pb.DeleteGroupResponse()

    async def ListGroupMembers(
        self, request: pb.ListGroupMembersRequest, context: Context
    ) -> pb.ListGroupMembersResponse:
        (group_id,) = parse_name(request.parent, "groups")
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._groups.members(group_id, after=after, limit=page.size + 1)
        return pb.ListGroupMembersResponse(
            users=[f"users/{user}" for user in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last,)),
        )

    async def AddGroupMember(
        self, request: pb.AddGroupMemberRequest, context: Context
    ) -> pb.AddGroupMemberResponse:
        (group_id,) = parse_name(request.parent, "groups")
        (user_id,) = parse_name(request.user, "users")
        await self._groups.change_members(group_id, join=[user_id], by=acting(context))
        return pb.AddGroupMemberResponse()

    async def RemoveGroupMember(
        self, request: pb.RemoveGroupMemberRequest, context: Context
    ) -> pb.RemoveGroupMemberResponse:
        group_id, user_id = parse_name(request.name, "groups", "members")
        await self._groups.change_members(group_id, leave=[user_id], by=acting(context))
        return pb.RemoveGroupMemberResponse()
