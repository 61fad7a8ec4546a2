"""Terminals that ask as protobuf."""

from collections.abc import Collection
from datetime import datetime

from google.protobuf.duration_pb2 import Duration

from parley.auth.v1 import device_service_pb2 as pb
from services.auth.devices.devices import Begun
from services.auth.devices.model import Device
from services.kit.times import timestamp

STATES = {
    "pending": pb.DeviceAuthorization.STATE_PENDING,
    "approved": pb.DeviceAuthorization.STATE_APPROVED,
    "denied": pb.DeviceAuthorization.STATE_DENIED,
    "used": pb.DeviceAuthorization.STATE_USED,
}


def to_begun(begun: Begun) -> pb.BeginDeviceAuthorizationResponse:
    """Put new codes on the wire."""
    return pb.BeginDeviceAuthorizationResponse(
        device_code=begun.codes.device,
        user_code=begun.codes.shown,
        verification_uri=begun.uri,
        verification_uri_complete=begun.uri_complete,
        expire_time=timestamp(begun.device.expire_time),
        poll_interval=Duration(seconds=begun.device.poll_seconds),
    )


def to_device(
    device: Device, *, scopes: Collection[str], now: datetime
) -> pb.DeviceAuthorization:
    """Put a terminal on the wire, as it is now."""
    late = device.state in ("pending", "approved") and device.ended(now)
    state = pb.DeviceAuthorization.STATE_EXPIRED if late else STATES[device.state]
    return pb.DeviceAuthorization(
        display_name=device.display_name,
        address=device.address,
        scopes=sorted(scopes),
        state=state,
        create_time=timestamp(device.create_time),
        expire_time=timestamp(device.expire_time),
    )
