"""The gRPC surface of accounts: request in, domain call, response out."""

from parley.auth.v1 import account_service_pb2 as pb
from parley.auth.v1 import account_service_pb2_grpc as pb_grpc
from services.auth.accounts.accounts import Accounts, SignUp
from services.auth.codes.model import Verification
from services.auth.codes.wire import to_verification
from services.auth.sessions.metadata import (
    Context,
    clear_refresh_cookie,
    client_of,
    set_refresh_cookie,
)
from services.auth.sessions.wire import to_access_token, to_session
from services.auth.users.emails import EmailAddress
from services.auth.users.model import display_name, new_display_name
from services.auth.users.wire import to_user
from services.kit.caller import require
from services.kit.fields import request_id, text
from services.kit.masks import masked
from services.kit.names import parse_name

MAX_TOKEN = 100  # of an invitation; longer ones are none of ours


class AccountServicer(pb_grpc.AccountServiceServicer):
    """Serves `parley.auth.v1.AccountService`."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def CreateUser(
        self, request: pb.CreateUserRequest, context: Context
    ) -> pb.CreateUserResponse:
        email = EmailAddress.require(request.user.email, "user.email")
        wanted = SignUp(
            email=email,
            display_name=display_name(request.user.display_name, email.local_part),
            password=request.password,
            request_id=request_id(request.request_id),
            invitation_token=text(
                "invitation_token", request.invitation_token, maximum=MAX_TOKEN
            ),
        )
        begun = await self._accounts.create(wanted, client=client_of(context))
        if isinstance(begun, Verification):
            return pb.CreateUserResponse(verification=to_verification(begun))
        user, signed_in = begun
        await set_refresh_cookie(context, signed_in)
        return pb.CreateUserResponse(
            user=to_user(user),
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def CompleteSignUp(
        self, request: pb.CompleteSignUpRequest, context: Context
    ) -> pb.CompleteSignUpResponse:
        user, signed_in = await self._accounts.complete(
            request.token, request.code, client=client_of(context)
        )
        await set_refresh_cookie(context, signed_in)
        return pb.CompleteSignUpResponse(
            user=to_user(user),
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def GetUser(
        self, request: pb.GetUserRequest, context: Context
    ) -> pb.GetUserResponse:
        (user_id,) = parse_name(request.name, "users")
        require(user_id)
        return pb.GetUserResponse(user=to_user(await self._accounts.get(user_id)))

    async def UpdateUser(
        self, request: pb.UpdateUserRequest, context: Context
    ) -> pb.UpdateUserResponse:
        (user_id,) = parse_name(request.user.name, "users")
        require(user_id)
        masked(request.update_mask.paths, ("display_name",))
        name = new_display_name(request.user.display_name)
        renamed = await self._accounts.rename(user_id, name)
        return pb.UpdateUserResponse(user=to_user(renamed))

    async def DeleteUser(
        self, request: pb.DeleteUserRequest, context: Context
    ) -> pb.DeleteUserResponse:
        (user_id,) = parse_name(request.name, "users")
        await self._accounts.delete(
            require(user_id), request.password, client=client_of(context)
        )
        await clear_refresh_cookie(context)
        return pb.DeleteUserResponse()
