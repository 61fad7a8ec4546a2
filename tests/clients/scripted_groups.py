"""The groups that whoever asks is in."""

from typing import Any

import grpc

from parley.auth.v1 import group_service_pb2 as pb
from parley.auth.v1 import group_service_pb2_grpc as pb_grpc

Context = grpc.aio.ServicerContext[Any, Any]
SALES = "5a1e5000-0000-4000-8000-000000000001"
LEGAL = "1e9a1000-0000-4000-8000-000000000002"


class ScriptedGroups(pb_grpc.GroupServiceServicer):
    """Lists two groups, each on a page of its own."""

    async def ListUserGroups(
        self, request: pb.ListUserGroupsRequest, context: Context
    ) -> pb.ListUserGroupsResponse:
        if not request.page_token:
            sales = pb.Group(name=f"groups/{SALES}", display_name="Sales")
            return pb.ListUserGroupsResponse(groups=[sales], next_page_token="2")
        legal = pb.Group(name=f"groups/{LEGAL}", display_name="Legal")
        return pb.ListUserGroupsResponse(groups=[legal])
