"""What serves programs: keys, and terminals that people sign in."""

from functools import partial

from parley.auth.v1 import api_key_service_pb2_grpc as api_key_grpc
from parley.auth.v1 import device_service_pb2_grpc as device_grpc
from parley.auth.v1 import oauth_service_pb2_grpc as oauth_grpc
from services.auth.api_keys.api_keys import ApiKeys
from services.auth.api_keys.exchange import Exchange
from services.auth.api_keys.refusals import Refusals
from services.auth.api_keys.servicer import ApiKeyServicer
from services.auth.api_keys.store import PostgresApiKeys
from services.auth.devices.devices import Devices
from services.auth.devices.oauth import OAuth
from services.auth.devices.oauth_servicer import OAuthServicer
from services.auth.devices.servicer import DeviceServicer
from services.auth.devices.store import PostgresDevices
from services.auth.joining.core import Core
from services.auth.joining.given import Add


def programs(core: Core) -> tuple[Add, ...]:
    """Join what programs sign in with."""
    given = core.given
    stored = PostgresApiKeys(given.database)
    api_keys = ApiKeys(
        stored,
        users=core.users,
        revocations=core.revocations,
        notices=core.notices,
        clock=given.clock,
    )
    exchange = Exchange(
        stored,
        core.users,
        core.roles,
        attempts=core.attempts,
        access_tokens=given.access_tokens,
        refusals=Refusals.of(given.audit),
        clock=given.clock,
    )
    devices = Devices(
        PostgresDevices(given.database),
        core.users,
        core.stored_sessions,
        sessions=core.sessions,
        attempts=core.attempts,
        audit=given.audit,
        public_url=given.public_url,
        clock=given.clock,
    )
    return (
        partial(
            api_key_grpc.add_ApiKeyServiceServicer_to_server,
            ApiKeyServicer(api_keys, exchange),
        ),
        partial(
            device_grpc.add_DeviceServiceServicer_to_server,
            DeviceServicer(devices, clock=given.clock),
        ),
        partial(
            oauth_grpc.add_OAuthServiceServicer_to_server,
            OAuthServicer(
                devices,
                OAuth(devices, core.sessions),
                public_url=given.public_url,
                clock=given.clock,
            ),
        ),
    )
