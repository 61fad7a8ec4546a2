"""API keys as protobuf."""

from parley.auth.v1 import api_key_service_pb2 as pb
from services.auth.api_keys.model import ApiKey, Wanted, display_name, scopes
from services.auth.api_keys.texts import prefix
from services.kit.caller import Caller
from services.kit.fields import request_id
from services.kit.times import moment, timestamp


def to_api_key(key: ApiKey) -> pb.ApiKey:
    """Put a key on the wire."""
    return pb.ApiKey(
        name=key.name,
        display_name=key.display_name,
        prefix=prefix(key.id),
        scopes=sorted(key.scopes),
        create_time=timestamp(key.create_time),
        expire_time=timestamp(key.expire_time),
        last_use_time=timestamp(key.last_use_time),
    )


def from_request(request: pb.CreateApiKeyRequest, caller: Caller) -> Wanted:
    """Read what a caller wants, and may have."""
    wanted = request.api_key
    ends = wanted.HasField("expire_time")
    return Wanted(
        display_name=display_name(wanted.display_name),
        scopes=scopes(wanted.scopes, held=caller.scope),
        expire_time=moment("api_key.expire_time", wanted.expire_time) if ends else None,
        request_id=request_id(request.request_id),
    )
