"""The gRPC surface of credentials: request in, domain call, response out."""

from parley.auth.v1 import credential_service_pb2 as pb
from parley.auth.v1 import credential_service_pb2_grpc as pb_grpc
from services.auth.codes.codes import Codes
from services.auth.codes.wire import to_verification
from services.auth.credentials.changes import CredentialChanges
from services.auth.credentials.resets import PasswordResets
from services.auth.sessions.metadata import Context, client_of, set_refresh_cookie
from services.auth.sessions.wire import to_access_token, to_session
from services.auth.users.emails import EmailAddress
from services.auth.users.wire import to_user
from services.kit.caller import require
from services.kit.names import parse_name


class CredentialServicer(pb_grpc.CredentialServiceServicer):
    """Serves `parley.auth.v1.CredentialService`."""

    def __init__(
        self, resets: PasswordResets, changes: CredentialChanges, codes: Codes
    ) -> None:
        self._resets = resets
        self._changes = changes
        self._codes = codes

    async def RequestPasswordReset(
        self, request: pb.RequestPasswordResetRequest, context: Context
    ) -> pb.RequestPasswordResetResponse:
        email = EmailAddress.require(request.email, "email")
        verification = await self._resets.request(email, client=client_of(context))
        return pb.RequestPasswordResetResponse(
            verification=to_verification(verification)
        )

    async def CompletePasswordReset(
        self, request: pb.CompletePasswordResetRequest, context: Context
    ) -> pb.CompletePasswordResetResponse:
        await self._resets.complete(
            request.token,
            request.code,
            request.new_password,
            client=client_of(context),
        )
        return pb.CompletePasswordResetResponse()

    async def ResendCode(
        self, request: pb.ResendCodeRequest, context: Context
    ) -> pb.ResendCodeResponse:
        verification = await self._codes.again(
            request.token, address=client_of(context).address
        )
        return pb.ResendCodeResponse(verification=to_verification(verification))

    async def ChangePassword(
        self, request: pb.ChangePasswordRequest, context: Context
    ) -> pb.ChangePasswordResponse:
        (user_id,) = parse_name(request.name, "users")
        signed_in = await self._changes.password(
            require(user_id),
            request.current_password,
            request.new_password,
            keep_others=request.keep_other_sessions,
            client=client_of(context),
        )
        await set_refresh_cookie(context, signed_in)
        return pb.ChangePasswordResponse(
            session=to_session(signed_in.session, current=signed_in.session.id),
            access_token=to_access_token(signed_in.access_token),
        )

    async def ChangeEmail(
        self, request: pb.ChangeEmailRequest, context: Context
    ) -> pb.ChangeEmailResponse:
        (user_id,) = parse_name(request.name, "users")
        require(user_id)
        email = EmailAddress.require(request.new_email, "new_email")
        verification = await self._changes.email(
            user_id, email, client=client_of(context)
        )
        return pb.ChangeEmailResponse(
            verification=to_verification(verification) if verification else None
        )

    async def CompleteEmailChange(
        self, request: pb.CompleteEmailChangeRequest, context: Context
    ) -> pb.CompleteEmailChangeResponse:
        (user_id,) = parse_name(request.name, "users")
        require(user_id)
        user = await self._changes.complete_email(
            user_id, request.token, request.code, client=client_of(context)
        )
        return pb.CompleteEmailChangeResponse(user=to_user(user))
