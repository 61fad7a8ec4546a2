"""What people who administer call, in tests."""

from typing import Any
from uuid import UUID

import jwt

from parley.access.v1 import access_pb2
from parley.auth.v1 import account_pb2
from parley.auth.v1 import admin_service_pb2 as admin_pb
from parley.auth.v1 import group_service_pb2 as group_pb
from parley.auth.v1 import impersonation_service_pb2 as impersonation_pb
from parley.auth.v1 import invitation_service_pb2 as invitation_pb
from parley.auth.v1 import policy_service_pb2 as policy_pb
from parley.auth.v1 import role_service_pb2 as role_pb
from tests.auth.browser import Browser

P = access_pb2.Permission


async def scope(person: Browser) -> set[str]:
    """What a person's next access token allows."""
    await person.refresh()
    return said_scope(person.token)


def said_scope(token: str) -> set[str]:
    """What a token allows."""
    return set(claims(token)["scope"].split())


def claims(token: str) -> dict[str, Any]:
    """What a token says."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def id_of(person: Browser) -> UUID:
    return UUID(person.user.removeprefix("users/"))


async def make_role(
    by: Browser, id: str, *permissions: access_pb2.Permission.ValueType
) -> role_pb.Role:
    role = role_pb.Role(
        name=f"roles/{id}", display_name=id.title(), permissions=permissions
    )
    request = role_pb.CreateRoleRequest(role=role)
    answer: role_pb.CreateRoleResponse
    answer = await by.call(by.api.roles.CreateRole, request)
    return answer.role


async def set_role(by: Browser, person: Browser, role: str) -> account_pb2.Account:
    request = admin_pb.SetAccountRoleRequest(name=person.user, role=f"roles/{role}")
    answer: admin_pb.SetAccountRoleResponse
    answer = await by.call(by.api.admin.SetAccountRole, request)
    return answer.account


async def account(by: Browser, person: Browser) -> account_pb2.Account:
    request = admin_pb.GetAccountRequest(name=person.user)
    answer: admin_pb.GetAccountResponse
    answer = await by.call(by.api.admin.GetAccount, request)
    return answer.account


async def disable(by: Browser, person: Browser) -> account_pb2.Account:
    request = admin_pb.DisableAccountRequest(name=person.user)
    answer: admin_pb.DisableAccountResponse
    answer = await by.call(by.api.admin.DisableAccount, request)
    return answer.account


async def make_group(
    by: Browser, display_name: str, *, role: str = "", request_id: str = ""
) -> group_pb.Group:
    request = group_pb.CreateGroupRequest(
        group=group_pb.Group(
            display_name=display_name, role=f"roles/{role}" if role else ""
        ),
        request_id=request_id,
    )
    answer: group_pb.CreateGroupResponse
    answer = await by.call(by.api.groups.CreateGroup, request)
    return answer.group


async def join(by: Browser, group: group_pb.Group, person: Browser) -> None:
    request = group_pb.AddGroupMemberRequest(parent=group.name, user=person.user)
    await by.call(by.api.groups.AddGroupMember, request)


async def leave(by: Browser, group: group_pb.Group, person: Browser) -> None:
    user = person.user.removeprefix("users/")
    request = group_pb.RemoveGroupMemberRequest(name=f"{group.name}/members/{user}")
    await by.call(by.api.groups.RemoveGroupMember, request)


async def invite(
    by: Browser, *, send_mail: bool = False, request_id: str = "", **fields: object
) -> invitation_pb.CreateInvitationResponse:
    request = invitation_pb.CreateInvitationRequest(
        invitation=invitation_pb.Invitation(**fields),  # type: ignore[arg-type]  # a test's fields
        send_mail=send_mail,
        request_id=request_id,
    )
    answer: invitation_pb.CreateInvitationResponse
    answer = await by.call(by.api.invitations.CreateInvitation, request)
    return answer


async def change_policy(by: Browser, **fields: object) -> policy_pb.Policy:
    request = policy_pb.UpdatePolicyRequest(
        policy=policy_pb.Policy(**fields)  # type: ignore[arg-type]  # a test's fields
    )
    request.update_mask.paths.extend(fields)
    answer: policy_pb.UpdatePolicyResponse
    answer = await by.call(by.api.policy.UpdatePolicy, request)
    return answer.policy


async def impersonate(by: Browser, person: Browser, reason: str = "Ticket 7") -> str:
    request = impersonation_pb.BeginImpersonationRequest(
        name=person.user, reason=reason
    )
    answer: impersonation_pb.BeginImpersonationResponse
    answer = await by.call(by.api.impersonation.BeginImpersonation, request)
    return answer.access_token.token


async def end_impersonation(by: Browser, token: str) -> None:
    request = impersonation_pb.EndImpersonationRequest(access_token=token)
    await by.call(by.api.impersonation.EndImpersonation, request)
