"""The gRPC surface of sessions: request in, domain call, response out."""

from parley.auth.v1 import session_service_pb2 as pb
from parley.auth.v1 import session_service_pb2_grpc as pb_grpc
from services.auth.sessions.metadata import (
    Context,
    clear_refresh_cookie,
    refresh_cookie,
    set_refresh_cookie,
)
from services.auth.sessions.model import SessionEnded
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.wire import to_access_token, to_session
from services.kit.addresses import client_address
from services.kit.caller import require
from services.kit.names import parse_name


class SessionServicer(pb_grpc.SessionServiceServicer):
    """Serves `parley.auth.v1.SessionService`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def CreateSession(
        self, request: pb.CreateSessionRequest, context: Context
    ) -> pb.CreateSessionResponse:
        signed_in = await self._sessions.sign_in(
            request.email,
            request.password,
            address=client_address(context),
            cookie=refresh_cookie(context),
        )
        await set_refresh_cookie(context, signed_in)
        return pb.CreateSessionResponse(
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def RefreshSession(
        self, request: pb.RefreshSessionRequest, context: Context
    ) -> pb.RefreshSessionResponse:
        cookie = refresh_cookie(context)
        if cookie is None:
            raise SessionEnded
        signed_in = await self._sessions.refresh(cookie)
        if signed_in is None:
            await clear_refresh_cookie(context)
            raise SessionEnded
        await set_refresh_cookie(context, signed_in)
        return pb.RefreshSessionResponse(
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def DeleteSession(
        self, request: pb.DeleteSessionRequest, context: Context
    ) -> pb.DeleteSessionResponse:
        user_id, session_id = parse_name(request.name, "users", "sessions")
        caller = require(user_id)
        await self._sessions.end(user_id, session_id)
        if session_id == caller.session_id:
            await clear_refresh_cookie(context)
        return pb.DeleteSessionResponse()
