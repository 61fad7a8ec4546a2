"""Users, roles, groups, invitations and the policy, for who administers."""

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import uuid4

from parley.access.v1.access_pb2 import Permission
from parley.auth.v1 import admin_service_pb2 as admin_pb
from parley.auth.v1 import group_service_pb2 as group_pb
from parley.auth.v1 import invitation_service_pb2 as invitation_pb
from parley.auth.v1 import policy_service_pb2 as policy_pb
from parley.auth.v1 import role_service_pb2 as role_pb
from parley.auth.v1.account_pb2 import Account
from parley.auth.v1.group_service_pb2 import Group
from parley.auth.v1.invitation_service_pb2 import Invitation
from parley.auth.v1.policy_service_pb2 import Policy
from parley.auth.v1.role_service_pb2 import Role
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.stubs import Stubs


class Administration:
    """
    What owners and admins do, given users, groups and roles by name or by id.

    What changes rights needs somebody who has signed in within the last ten minutes.
    """

    def __init__(self, stubs: Stubs) -> None:
        self._admin = stubs.admin
        self._roles = stubs.roles
        self._groups = stubs.groups
        self._invitations = stubs.invitations
        self._policy = stubs.policy

    def users(
        self, *, email_prefix: str = "", role: str = "", disabled: bool | None = None
    ) -> AsyncIterator[Account]:
        """List users, the latest first."""

        async def page(token: str) -> tuple[Iterable[Account], str]:
            request = admin_pb.ListAccountsRequest(
                page_token=token,
                email_prefix=email_prefix,
                role=name_of(role, "roles") if role else "",
                disabled=disabled,
            )
            answer = await self._admin.ListAccounts(request)
            return answer.accounts, answer.next_page_token

        return every(page)

    async def user(self, user: Account | str) -> Account:
        """Get a user, with what the user may do."""
        request = admin_pb.GetAccountRequest(name=name_of(user, "users"))
        with typed_errors():
            return (await self._admin.GetAccount(request)).account

    async def disable(self, user: Account | str) -> Account:
        """Disable a user, everywhere and at once."""
        request = admin_pb.DisableAccountRequest(name=name_of(user, "users"))
        with typed_errors():
            return (await self._admin.DisableAccount(request)).account

    async def enable(self, user: Account | str) -> Account:
        """Let a user sign in again."""
        request = admin_pb.EnableAccountRequest(name=name_of(user, "users"))
        with typed_errors():
            return (await self._admin.EnableAccount(request)).account

    async def delete(self, user: Account | str) -> None:
        """Delete a user with all that any service keeps. Cannot be undone."""
        request = admin_pb.DeleteAccountRequest(name=name_of(user, "users"))
        with typed_errors():
            await self._admin.DeleteAccount(request)

    async def set_role(self, user: Account | str, role: Role | str) -> Account:
        """Give a user another role."""
        request = admin_pb.SetAccountRoleRequest(
            name=name_of(user, "users"), role=name_of(role, "roles")
        )
        with typed_errors():
            return (await self._admin.SetAccountRole(request)).account

    async def reset_factors(self, user: Account | str) -> None:
        """Take a user's second factors away, and end all sessions."""
        request = admin_pb.ResetAccountFactorsRequest(name=name_of(user, "users"))
        with typed_errors():
            await self._admin.ResetAccountFactors(request)

    async def end_sessions(self, user: Account | str) -> None:
        """End all sessions of a user."""
        request = admin_pb.DeleteAccountSessionsRequest(parent=name_of(user, "users"))
        with typed_errors():
            await self._admin.DeleteAccountSessions(request)

    def roles(self) -> AsyncIterator[Role]:
        """List the roles, those that there always are first."""

        async def page(token: str) -> tuple[Iterable[Role], str]:
            request = role_pb.ListRolesRequest(page_token=token)
            answer = await self._roles.ListRoles(request)
            return answer.roles, answer.next_page_token

        return every(page)

    async def create_role(
        self, id: str, display_name: str, permissions: Sequence[Permission.ValueType]
    ) -> Role:
        """Make a role."""
        role = Role(
            name=f"roles/{id}", display_name=display_name, permissions=permissions
        )
        with typed_errors():
            request = role_pb.CreateRoleRequest(role=role)
            return (await self._roles.CreateRole(request)).role

    async def delete_role(self, role: Role | str) -> None:
        """Delete a role that nobody has."""
        request = role_pb.DeleteRoleRequest(name=name_of(role, "roles"))
        with typed_errors():
            await self._roles.DeleteRole(request)

    def groups(self) -> AsyncIterator[Group]:
        """List the groups, the latest first."""

        async def page(token: str) -> tuple[Iterable[Group], str]:
            request = group_pb.ListGroupsRequest(page_token=token)
            answer = await self._groups.ListGroups(request)
            return answer.groups, answer.next_page_token

        return every(page)

    async def create_group(self, display_name: str, *, role: str = "") -> Group:
        """Make a group."""
        group = Group(
            display_name=display_name, role=name_of(role, "roles") if role else ""
        )
        request = group_pb.CreateGroupRequest(group=group, request_id=str(uuid4()))
        with typed_errors():
            return (await self._groups.CreateGroup(request)).group

    async def delete_group(self, group: Group | str) -> None:
        """Delete a group; its members stay users."""
        request = group_pb.DeleteGroupRequest(name=name_of(group, "groups"))
        with typed_errors():
            await self._groups.DeleteGroup(request)

    def members(self, group: Group | str) -> AsyncIterator[str]:
        """List who is in a group, as users/{user}."""
        name = name_of(group, "groups")

        async def page(token: str) -> tuple[Iterable[str], str]:
            request = group_pb.ListGroupMembersRequest(parent=name, page_token=token)
            answer = await self._groups.ListGroupMembers(request)
            return answer.users, answer.next_page_token

        return every(page)

    async def add_member(self, group: Group | str, user: Account | str) -> None:
        """Take a user into a group."""
        request = group_pb.AddGroupMemberRequest(
            parent=name_of(group, "groups"), user=name_of(user, "users")
        )
        with typed_errors():
            await self._groups.AddGroupMember(request)

    async def remove_member(self, group: Group | str, user: Account | str) -> None:
        """Take a user out of a group."""
        id = name_of(user, "users").removeprefix("users/")
        name = f"{name_of(group, 'groups')}/members/{id}"
        with typed_errors():
            request = group_pb.RemoveGroupMemberRequest(name=name)
            await self._groups.RemoveGroupMember(request)

    def invitations(self) -> AsyncIterator[Invitation]:
        """List invitations that have not ended, the latest first."""

        async def page(token: str) -> tuple[Iterable[Invitation], str]:
            request = invitation_pb.ListInvitationsRequest(page_token=token)
            answer = await self._invitations.ListInvitations(request)
            return answer.invitations, answer.next_page_token

        return every(page)

    async def invite(
        self,
        email: str = "",
        *,
        domain: str = "",
        role: str = "",
        groups: Sequence[str] = (),
        send_mail: bool = False,
    ) -> tuple[Invitation, str]:
        """Invite somebody; return the token too, unless it goes by mail."""
        invitation = Invitation(
            role=name_of(role, "roles") if role else "",
            groups=[name_of(group, "groups") for group in groups],
        )
        if email:
            invitation.email = email
        elif domain:
            invitation.domain = domain
        request = invitation_pb.CreateInvitationRequest(
            invitation=invitation, send_mail=send_mail, request_id=str(uuid4())
        )
        with typed_errors():
            answer = await self._invitations.CreateInvitation(request)
        return answer.invitation, answer.token

    async def delete_invitation(self, invitation: Invitation | str) -> None:
        """Take an invitation back."""
        name = name_of(invitation, "invitations")
        request = invitation_pb.DeleteInvitationRequest(name=name)
        with typed_errors():
            await self._invitations.DeleteInvitation(request)

    async def policy(self) -> Policy:
        """Get the policy."""
        with typed_errors():
            return (await self._policy.GetPolicy(policy_pb.GetPolicyRequest())).policy

    async def update_policy(self, policy: Policy, paths: Sequence[str]) -> Policy:
        """Change the named fields of the policy."""
        request = policy_pb.UpdatePolicyRequest(policy=policy)
        request.update_mask.paths.extend(paths)
        with typed_errors():
            return (await self._policy.UpdatePolicy(request)).policy
