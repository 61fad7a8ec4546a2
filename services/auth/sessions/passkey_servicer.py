"""The gRPC surface of passkeys: request in, domain call, response out."""

from parley.auth.v1 import passkey_service_pb2 as pb
from parley.auth.v1 import passkey_service_pb2_grpc as pb_grpc
from services.auth.sessions.metadata import Context, client_of, set_refresh_cookie
from services.auth.sessions.model import Challenge
from services.auth.sessions.passkeys import PasskeySignIn
from services.auth.sessions.wire import to_access_token, to_challenge, to_session
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.times import timestamp


class PasskeyServicer(pb_grpc.PasskeyServiceServicer):
    """Serves `parley.auth.v1.PasskeyService`."""

    def __init__(self, passkeys: PasskeySignIn) -> None:
        self._passkeys = passkeys

    async def BeginPasskeySignIn(
        self, request: pb.BeginPasskeySignInRequest, context: Context
    ) -> pb.BeginPasskeySignInResponse:
        begun = await self._passkeys.begin(
            request.challenge_token, client=client_of(context)
        )
        return pb.BeginPasskeySignInResponse(
            options_json=begun.options, expire_time=timestamp(begun.expire_time)
        )

    async def CompletePasskeySignIn(
        self, request: pb.CompletePasskeySignInRequest, context: Context
    ) -> pb.CompletePasskeySignInResponse:
        answer = await self._passkeys.complete(
            request.passkey_response_json, client=client_of(context)
        )
        if isinstance(answer, Challenge):
            return pb.CompletePasskeySignInResponse(challenge=to_challenge(answer))
        await set_refresh_cookie(context, answer)
        return pb.CompletePasskeySignInResponse(
            session=to_session(answer.session),
            access_token=to_access_token(answer.access_token),
        )

    async def BeginPasskeyProof(
        self, request: pb.BeginPasskeyProofRequest, context: Context
    ) -> pb.BeginPasskeyProofResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        begun = await self._passkeys.begin_again(user_id, client=client_of(context))
        return pb.BeginPasskeyProofResponse(
            options_json=begun.options, expire_time=timestamp(begun.expire_time)
        )
