"""What tests of terminals do over and over."""

from datetime import timedelta
from typing import Any

from parley.auth.v1 import device_service_pb2 as pb
from tests.auth.browser import Browser

State = pb.DeviceAuthorization
PAUSE = timedelta(seconds=5)  # between polls


async def begin(terminal: Browser, name: str = "parley on a laptop") -> Any:
    request = pb.BeginDeviceAuthorizationRequest(display_name=name)
    return await terminal.call(terminal.api.devices.BeginDeviceAuthorization, request)


async def poll(terminal: Browser, device_code: str) -> Browser:
    request = pb.PollDeviceAuthorizationRequest(device_code=device_code)
    method = terminal.api.devices.PollDeviceAuthorization
    answer = await terminal.call(method, request)
    terminal.user = answer.session.name.partition("/sessions/")[0]
    return terminal.keep(answer)


async def find(person: Browser, user_code: str) -> pb.DeviceAuthorization:
    request = pb.GetDeviceAuthorizationRequest(user_code=user_code)
    method = person.api.devices.GetDeviceAuthorization
    found: pb.DeviceAuthorization
    found = (await person.call(method, request)).device_authorization
    return found


async def approve(person: Browser, user_code: str) -> None:
    request = pb.ApproveDeviceAuthorizationRequest(user_code=user_code)
    await person.call(person.api.devices.ApproveDeviceAuthorization, request)


async def deny(person: Browser, user_code: str) -> None:
    request = pb.DenyDeviceAuthorizationRequest(user_code=user_code)
    await person.call(person.api.devices.DenyDeviceAuthorization, request)
