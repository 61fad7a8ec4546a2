"""The gRPC surface of managing users: request in, domain call, response out."""

from uuid import UUID

from parley.auth.v1 import account_pb2
from parley.auth.v1 import admin_service_pb2 as pb
from parley.auth.v1 import admin_service_pb2_grpc as pb_grpc
from services.auth.admin.administration import Administration
from services.auth.admin.model import Wanted
from services.auth.admin.wire import to_account
from services.auth.groups.ports import StoredGroups
from services.auth.roles.model import parse_role
from services.auth.sessions.metadata import Context, acting
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.wire import (
    PAGE_KEY,
    page_key,
    to_session,
)
from services.auth.users.emails import MAX_LENGTH, key_prefix
from services.auth.users.model import User
from services.kit.fields import text
from services.kit.names import parse_name
from services.kit.pages import Page


class AdminServicer(pb_grpc.AdminServiceServicer):
    """Serves `parley.auth.v1.AdminService`."""

    def __init__(
        self,
        administration: Administration,
        groups: StoredGroups,
        sessions: Sessions,
    ) -> None:
        self._administration = administration
        self._groups = groups
        self._sessions = sessions

    async def ListAccounts(
        self, request: pb.ListAccountsRequest, context: Context
    ) -> pb.ListAccountsResponse:
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        prefix = text("email_prefix", request.email_prefix, maximum=MAX_LENGTH)
        wanted = Wanted(
            email_prefix=key_prefix(prefix) if prefix else None,
            role=parse_role(request.role) if request.role else None,
            disabled=request.disabled if request.HasField("disabled") else None,
            after=after,
            limit=page.size + 1,
        )
        found = await self._administration.page(wanted)
        shown = found[: page.size]
        groups = await self._groups.of_users([user.id for user in shown])
        return pb.ListAccountsResponse(
            accounts=[to_account(user, groups.get(user.id, ())) for user in shown],
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def GetAccount(
        self, request: pb.GetAccountRequest, context: Context
    ) -> pb.GetAccountResponse:
        (user_id,) = parse_name(request.name, "users")
        user, rights = await self._administration.get(user_id)
        return pb.GetAccountResponse(account=to_account(user, rights.groups, rights))

    async def DisableAccount(
        self, request: pb.DisableAccountRequest, context: Context
    ) -> pb.DisableAccountResponse:
        (user_id,) = parse_name(request.name, "users")
        user = await self._administration.disable(user_id, by=acting(context))
        return pb.DisableAccountResponse(account=await self._account(user))

    async def EnableAccount(
        self, request: pb.EnableAccountRequest, context: Context
    ) -> pb.EnableAccountResponse:
        (user_id,) = parse_name(request.name, "users")
        user = await self._administration.enable(user_id, by=acting(context))
        return pb.EnableAccountResponse(account=await self._account(user))

    async def DeleteAccount(
        self, request: pb.DeleteAccountRequest, context: Context
    ) -> pb.DeleteAccountResponse:
        (user_id,) = parse_name(request.name, "users")
        await self._administration.delete(user_id, by=acting(context))
        return pb.DeleteAccountResponse()

    async def SetAccountRole(
        self, request: pb.SetAccountRoleRequest, context: Context
    ) -> pb.SetAccountRoleResponse:
        (user_id,) = parse_name(request.name, "users")
        role = parse_role(request.role)
        user = await self._administration.set_role(user_id, role, by=acting(context))
        return pb.SetAccountRoleResponse(account=await self._account(user))

    async def ResetAccountFactors(
        self, request: pb.ResetAccountFactorsRequest, context: Context
    ) -> pb.ResetAccountFactorsResponse:
        (user_id,) = parse_name(request.name, "users")
        await self._administration.reset_factors(user_id, by=acting(context))
        return pb.ResetAccountFactorsResponse()

    async def ListAccountSessions(
        self, request: pb.ListAccountSessionsRequest, context: Context
    ) -> pb.ListAccountSessionsResponse:
        (user_id,) = parse_name(request.parent, "users")
        page = Page.of(request, *PAGE_KEY)
        found = await self._sessions.page(user_id, page)
        return pb.ListAccountSessionsResponse(
            sessions=map(to_session, found[: page.size]),
            next_page_token=page.next_token(found, page_key),
        )

    async def DeleteAccountSession(
        self, request: pb.DeleteAccountSessionRequest, context: Context
    ) -> pb.DeleteAccountSessionResponse:
        user_id, session_id = parse_name(request.name, "users", "sessions")
        await self._administration.end_session(user_id, session_id, by=acting(context))
        return pb.DeleteAccountSessionResponse()

    async def DeleteAccountSessions(
        self, request: pb.DeleteAccountSessionsRequest, context: Context
    ) -> pb.DeleteAccountSessionsResponse:
        (user_id,) = parse_name(request.parent, "users")
        await self._administration.end_sessions(user_id, by=acting(context))
        return pb.DeleteAccountSessionsResponse()

    async def _account(self, user: User) -> account_pb2.Account:
        groups = await self._groups.of_users([user.id])
        return to_account(user, groups.get(user.id, ()))
