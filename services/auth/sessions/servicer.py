"""The gRPC surface of sessions: request in, domain call, response out."""

from parley.auth.v1 import session_service_pb2 as pb
from parley.auth.v1 import session_service_pb2_grpc as pb_grpc
from services.auth.sessions.metadata import (
    Context,
    clear_refresh_cookie,
    client_of,
    set_refresh_cookie,
)
from services.auth.sessions.model import Challenge, SessionEnded
from services.auth.sessions.sessions import Sessions
from services.auth.sessions.signing_in import SignIn
from services.auth.sessions.wire import (
    PAGE_KEY,
    from_proof,
    page_key,
    to_access_token,
    to_challenge,
    to_session,
)
from services.kit.caller import Forbidden, require, require_fresh
from services.kit.errors import InvalidField
from services.kit.names import parse_name
from services.kit.pages import Page


class SessionServicer(pb_grpc.SessionServiceServicer):
    """Serves `parley.auth.v1.SessionService`."""

    def __init__(self, sign_in: SignIn, sessions: Sessions) -> None:
        self._sign_in = sign_in
        self._sessions = sessions

    async def CreateSession(
        self, request: pb.CreateSessionRequest, context: Context
    ) -> pb.CreateSessionResponse:
        answer = await self._sign_in.with_password(
            request.email, request.password, client=client_of(context)
        )
        if isinstance(answer, Challenge):
            return pb.CreateSessionResponse(challenge=to_challenge(answer))
        await set_refresh_cookie(context, answer)
        return pb.CreateSessionResponse(
            session=to_session(answer.session),
            access_token=to_access_token(answer.access_token),
        )

    async def CompleteSession(
        self, request: pb.CompleteSessionRequest, context: Context
    ) -> pb.CompleteSessionResponse:
        proof = from_proof(request)
        if proof is None:
            raise InvalidField(field="proof", expected="a second factor")
        signed_in = await self._sign_in.complete(
            request.challenge_token, proof, client=client_of(context)
        )
        await set_refresh_cookie(context, signed_in)
        return pb.CompleteSessionResponse(
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def RefreshSession(
        self, request: pb.RefreshSessionRequest, context: Context
    ) -> pb.RefreshSessionResponse:
        client = client_of(context)
        if client.cookie is None:
            raise SessionEnded
        signed_in = await self._sessions.refresh(client.cookie, client=client)
        if signed_in is None:
            await clear_refresh_cookie(context)
            raise SessionEnded
        await set_refresh_cookie(context, signed_in)
        return pb.RefreshSessionResponse(
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def ReauthenticateSession(
        self, request: pb.ReauthenticateSessionRequest, context: Context
    ) -> pb.ReauthenticateSessionResponse:
        user_id, session_id = parse_name(request.name, "users", "sessions")
        if session_id != require(user_id).session_id:
            raise Forbidden
        shown = await self._sessions.reauthenticate(
            user_id,
            session_id,
            password=request.password,
            proof=from_proof(request),
            client=client_of(context),
        )
        await set_refresh_cookie(context, shown)
        return pb.ReauthenticateSessionResponse(
            access_token=to_access_token(shown.access_token)
        )

    async def ListSessions(
        self, request: pb.ListSessionsRequest, context: Context
    ) -> pb.ListSessionsResponse:
        (user_id,) = parse_name(request.parent, "users")
        caller = require(user_id)
        page = Page.of(request, *PAGE_KEY)
        found = await self._sessions.page(user_id, page)
        shown = found[: page.size]
        return pb.ListSessionsResponse(
            sessions=[to_session(each, current=caller.session_id) for each in shown],
            next_page_token=page.next_token(found, page_key),
        )

    async def DeleteSession(
        self, request: pb.DeleteSessionRequest, context: Context
    ) -> pb.DeleteSessionResponse:
        user_id, session_id = parse_name(request.name, "users", "sessions")
        caller = require(user_id)
        if session_id != caller.session_id:
            require_fresh(caller)
        await self._sessions.end(user_id, session_id, client=client_of(context))
        if session_id == caller.session_id:
            await clear_refresh_cookie(context)
        return pb.DeleteSessionResponse()

    async def DeleteOtherSessions(
        self, request: pb.DeleteOtherSessionsRequest, context: Context
    ) -> pb.DeleteOtherSessionsResponse:
        (user_id,) = parse_name(request.parent, "users")
        caller = require(user_id)
        await self._sessions.end_all(
            user_id, but=caller.session_id, client=client_of(context)
        )
        return pb.DeleteOtherSessionsResponse()
