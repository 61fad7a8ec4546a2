"""The gRPC surface of impersonation: request in, domain call, response out."""

from parley.auth.v1 import impersonation_service_pb2 as pb
from parley.auth.v1 import impersonation_service_pb2_grpc as pb_grpc
from services.auth.impersonation.impersonation import Impersonation
from services.auth.sessions.metadata import Context, acting
from services.auth.sessions.wire import to_access_token
from services.kit.lines import one_line
from services.kit.names import parse_name

MAX_REASON = 200


class ImpersonationServicer(pb_grpc.ImpersonationServiceServicer):
    """Serves `parley.auth.v1.ImpersonationService`."""

    def __init__(self, impersonation: Impersonation) -> None:
        self._impersonation = impersonation

    async def BeginImpersonation(
        self, request: pb.BeginImpersonationRequest, context: Context
    ) -> pb.BeginImpersonationResponse:
        (user_id,) = parse_name(request.name, "users")
        reason = one_line("reason", request.reason, minimum=1, maximum=MAX_REASON)
        token = await self._impersonation.begin(user_id, reason, by=acting(context))
        return pb.BeginImpersonationResponse(access_token=to_access_token(token))

    async def EndImpersonation(
        self, request: pb.EndImpersonationRequest, context: Context
    ) -> pb.EndImpersonationResponse:
        await self._impersonation.end(request.access_token, by=acting(context))
        return pb.EndImpersonationResponse()
