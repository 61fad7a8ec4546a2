"""The gRPC surface of identities: request in, domain call, response out."""

from uuid import UUID

from parley.auth.v1 import identity_service_pb2 as pb
from parley.auth.v1 import identity_service_pb2_grpc as pb_grpc
from services.auth.identities.identities import Identities
from services.auth.identities.metadata import identity_cookie, set_identity_cookie
from services.auth.identities.model import next_path
from services.auth.identities.wire import (
    from_answer,
    provider_id,
    to_identity,
    to_provider,
)
from services.auth.sessions.metadata import Context, client_of, set_refresh_cookie
from services.auth.sessions.model import Challenge
from services.auth.sessions.wire import to_access_token, to_challenge, to_session
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page, number


class IdentityServicer(pb_grpc.IdentityServiceServicer):
    """Serves `parley.auth.v1.IdentityService`."""

    def __init__(self, identities: Identities) -> None:
        self._identities = identities

    async def ListIdentityProviders(
        self, request: pb.ListIdentityProvidersRequest, context: Context
    ) -> pb.ListIdentityProvidersResponse:
        page = Page.of(request, number)
        (start,) = page.after or (0,)
        found = self._identities.providers()[start : start + page.size + 1]
        return pb.ListIdentityProvidersResponse(
            identity_providers=map(to_provider, found[: page.size]),
            next_page_token=page.next_token(found, lambda _: (start + page.size,)),
        )

    async def BeginSignIn(
        self, request: pb.BeginSignInRequest, context: Context
    ) -> pb.BeginSignInResponse:
        departure = await self._identities.begin_sign_in(
            provider_id(request.provider),
            next=next_path(request.next_path),
            cookie=identity_cookie(context),
            client=client_of(context),
            anew=request.reauthenticate,
        )
        await set_identity_cookie(context, departure.browser)
        return pb.BeginSignInResponse(authorization_url=departure.url)

    async def FinishSignIn(
        self, request: pb.FinishSignInRequest, context: Context
    ) -> pb.FinishSignInResponse:
        entered = await self._identities.finish_sign_in(
            from_answer(request),
            cookie=identity_cookie(context),
            client=client_of(context),
        )
        answer = entered.answer
        if isinstance(answer, Challenge):
            return pb.FinishSignInResponse(
                challenge=to_challenge(answer), next_path=entered.next
            )
        await set_refresh_cookie(context, answer)
        return pb.FinishSignInResponse(
            session=to_session(answer.session),
            access_token=to_access_token(answer.access_token),
            next_path=entered.next,
        )

    async def BeginLink(
        self, request: pb.BeginLinkRequest, context: Context
    ) -> pb.BeginLinkResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        departure = await self._identities.begin_link(
            user_id,
            provider_id(request.provider),
            next=next_path(request.next_path),
            cookie=identity_cookie(context),
            client=client_of(context),
        )
        await set_identity_cookie(context, departure.browser)
        return pb.BeginLinkResponse(authorization_url=departure.url)

    async def FinishLink(
        self, request: pb.FinishLinkRequest, context: Context
    ) -> pb.FinishLinkResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        identity, next = await self._identities.finish_link(
            user_id,
            from_answer(request),
            cookie=identity_cookie(context),
            client=client_of(context),
        )
        return pb.FinishLinkResponse(identity=to_identity(identity), next_path=next)

    async def ListIdentities(
        self, request: pb.ListIdentitiesRequest, context: Context
    ) -> pb.ListIdentitiesResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, UUID)
        found = await self._identities.list(user_id, page)
        return pb.ListIdentitiesResponse(
            identities=map(to_identity, found[: page.size]),
            next_page_token=page.next_token(found, lambda each: (each.id,)),
        )

    async def DeleteIdentity(
        self, request: pb.DeleteIdentityRequest, context: Context
    ) -> pb.DeleteIdentityResponse:
        user_id, identity_id = parse_name(request.name, "users", "identities")
        require(user_id)
        await self._identities.delete(user_id, identity_id, client=client_of(context))
        return pb.DeleteIdentityResponse()
