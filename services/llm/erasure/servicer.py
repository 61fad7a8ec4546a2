"""The gRPC surface of erasure: request in, domain call, response out."""

from typing import Any

from parley.llm.v1 import erasure_service_pb2 as pb
from parley.llm.v1 import erasure_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.times import timestamp
from services.llm.erasure.erasing import Erasing

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class ErasureServicer(pb_grpc.ErasureServiceServicer):
    """Serves `parley.llm.v1.ErasureService`."""

    def __init__(self, erasing: Erasing) -> None:
        self._erasing = erasing

    async def EraseUserData(
        self, request: pb.EraseUserDataRequest, context: Context
    ) -> pb.EraseUserDataResponse:
        (user_id,) = parse_name(request.name, "users")
        require(user_id)
        deadline = await self._erasing.ask(
            user_id, closing_account=request.closing_account
        )
        return pb.EraseUserDataResponse(deadline=timestamp(deadline))
