"""The gRPC surface of invitations: request in, domain call, response out."""

from uuid import UUID, uuid4

from parley.auth.v1 import invitation_service_pb2 as pb
from parley.auth.v1 import invitation_service_pb2_grpc as pb_grpc
from services.auth.invitations.invitations import Invitations
from services.auth.invitations.wire import from_invitation, to_invitation
from services.auth.sessions.metadata import Context, acting
from services.kit.clock import Clock
from services.kit.errors import InvalidField
from services.kit.fields import request_id
from services.kit.names import parse_name
from services.kit.pages import Page


class InvitationServicer(pb_grpc.InvitationServiceServicer):
    """Serves `parley.auth.v1.InvitationService`."""

    def __init__(self, invitations: Invitations, clock: Clock) -> None:
        self._invitations = invitations
        self._clock = clock

    async def CreateInvitation(
        self, request: pb.CreateInvitationRequest, context: Context
    ) -> pb.CreateInvitationResponse:
        by = acting(context)
        wanted = from_invitation(
            request.invitation,
            id=request_id(request.request_id) or uuid4(),
            creator=by.user_id,
            now=self._clock(),
        )
        if request.send_mail and not wanted.email:
            raise InvalidField(field="invitation.email", expected="an e-mail address")
        invitation, token = await self._invitations.create(
            wanted, send_mail=request.send_mail, by=by
        )
        return pb.CreateInvitationResponse(
            invitation=to_invitation(invitation), token=token
        )

    async def ListInvitations(
        self, request: pb.ListInvitationsRequest, context: Context
    ) -> pb.ListInvitationsResponse:
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._invitations.page(after=after, limit=page.size + 1)
        return pb.ListInvitationsResponse(
            invitations=map(to_invitation, found[: page.size]),
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def DeleteInvitation(
        self, request: pb.DeleteInvitationRequest, context: Context
    ) -> pb.DeleteInvitationResponse:
        (invitation_id,) = parse_name(request.name, "invitations")
        await self._invitations.delete(invitation_id, by=acting(context))
        return pb.DeleteInvitationResponse()
