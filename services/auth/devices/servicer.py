"""The gRPC surface of terminals that ask: request in, domain call, response out."""

from parley.auth.v1 import device_service_pb2 as pb
from parley.auth.v1 import device_service_pb2_grpc as pb_grpc
from services.auth.devices.devices import Devices
from services.auth.devices.model import Decider, display_name
from services.auth.devices.wire import to_begun, to_device
from services.auth.sessions.metadata import Context, client_of, set_refresh_cookie
from services.auth.sessions.wire import to_access_token, to_session
from services.kit.caller import current
from services.kit.clock import Clock


class DeviceServicer(pb_grpc.DeviceServiceServicer):
    """Serves `parley.auth.v1.DeviceService`."""

    def __init__(self, devices: Devices, *, clock: Clock) -> None:
        self._devices = devices
        self._clock = clock

    async def BeginDeviceAuthorization(
        self, request: pb.BeginDeviceAuthorizationRequest, context: Context
    ) -> pb.BeginDeviceAuthorizationResponse:
        name = display_name(request.display_name)
        return to_begun(await self._devices.begin(name, client=client_of(context)))

    async def PollDeviceAuthorization(
        self, request: pb.PollDeviceAuthorizationRequest, context: Context
    ) -> pb.PollDeviceAuthorizationResponse:
        signed_in = await self._devices.poll(
            request.device_code, client=client_of(context)
        )
        await set_refresh_cookie(context, signed_in)
        return pb.PollDeviceAuthorizationResponse(
            session=to_session(signed_in.session),
            access_token=to_access_token(signed_in.access_token),
        )

    async def GetDeviceAuthorization(
        self, request: pb.GetDeviceAuthorizationRequest, context: Context
    ) -> pb.GetDeviceAuthorizationResponse:
        caller = current()
        device = await self._devices.get(
            request.user_code, user_id=caller.user_id, client=client_of(context)
        )
        shown = to_device(device, scopes=caller.scope, now=self._clock())
        return pb.GetDeviceAuthorizationResponse(device_authorization=shown)

    async def ApproveDeviceAuthorization(
        self, request: pb.ApproveDeviceAuthorizationRequest, context: Context
    ) -> pb.ApproveDeviceAuthorizationResponse:
        await self._devices.decide(
            request.user_code,
            approve=True,
            by=decider(),
            client=client_of(context),
        )
        return pb.ApproveDeviceAuthorizationResponse()

    async def DenyDeviceAuthorization(
        self, request: pb.DenyDeviceAuthorizationRequest, context: Context
    ) -> pb.DenyDeviceAuthorizationResponse:
        await self._devices.decide(
            request.user_code,
            approve=False,
            by=decider(),
            client=client_of(context),
        )
        return pb.DenyDeviceAuthorizationResponse()


def decider() -> Decider:
    """Return who calls, as somebody who decides."""
    caller = current()
    return Decider(caller.user_id, caller.session_id)
