"""Every RPC, and who may call it, as the protos say."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from parley.access.v1 import access_pb2

DESCRIPTORS = Path(__file__).parents[3] / "gen/parley.binpb"
Access = access_pb2.Access


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC."""

    path: str
    part: str
    # Who may call it, by name: `edge`, `auth`, `chat`, `llm`.
    callers: tuple[str, ...]
    needs_token: bool
    # Whether it changes nothing: in REST, it is a GET.
    reads: bool
    streams: bool


def rpcs(descriptors: Path = DESCRIPTORS) -> Sequence[Rpc]:
    """List all RPCs."""
    files = descriptor_pb2.FileDescriptorSet.FromString(descriptors.read_bytes())
    return [
        rpc(f"{file.package}.{service.name}", method)
        for file in files.file
        for service in file.service
        for method in service.method
    ]


def rpc(service: str, method: descriptor_pb2.MethodDescriptorProto) -> Rpc:
    """Read one."""
    access = method.options.Extensions[access_pb2.access]
    return Rpc(
        path=f"/{service}/{method.name}",
        part=service.split(".")[1],
        callers=tuple(
            Access.Caller.Name(caller).removeprefix("CALLER_").lower()
            for caller in access.callers
        ),
        reads=method.options.Extensions[annotations_pb2.http].WhichOneof("pattern")
        == "get",
        needs_token=access.token == Access.TOKEN_UNSPECIFIED,
        streams=method.server_streaming,
    )
