"""The gRPC surface of how providers are set up: request, domain call, response."""

from parley.auth.v1 import identity_provider_service_pb2 as pb
from parley.auth.v1 import identity_provider_service_pb2_grpc as pb_grpc
from services.auth.identities.registrations import Registrations
from services.auth.identities.wire import provider_id, to_registration
from services.auth.sessions.metadata import Context, client_of
from services.kit.pages import Page


class IdentityProviderServicer(pb_grpc.IdentityProviderServiceServicer):
    """Serves `parley.auth.v1.IdentityProviderService`."""

    def __init__(self, registrations: Registrations) -> None:
        self._registrations = registrations

    async def ListIdentityProviderRegistrations(
        self, request: pb.ListIdentityProviderRegistrationsRequest, context: Context
    ) -> pb.ListIdentityProviderRegistrationsResponse:
        page = Page.of(request, int)
        (start,) = page.after or (0,)
        found = self._registrations.list()[start : start + page.size + 1]
        redirect_uri = self._registrations.redirect_uri
        return pb.ListIdentityProviderRegistrationsResponse(
            registrations=[
                to_registration(each, redirect_uri) for each in found[: page.size]
            ],
            next_page_token=page.next_token(found, lambda _: (start + page.size,)),
        )

    async def CheckIdentityProvider(
        self, request: pb.CheckIdentityProviderRequest, context: Context
    ) -> pb.CheckIdentityProviderResponse:
        fault = await self._registrations.check(
            provider_id(request.name), client=client_of(context)
        )
        return pb.CheckIdentityProviderResponse(fault=fault)
