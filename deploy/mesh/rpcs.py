"""Every RPC, and who may call it, as the protos say."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf import descriptor_pb2

from edge.envoy.methods import (
    bindings,
    is_harmless,
    needs_token,
    read_descriptors,
)
from parley.access.v1 import access_pb2

DESCRIPTORS = Path(__file__).parents[2] / "gen/parley.binpb"
Access = access_pb2.Access
HEALTH = "/grpc.health.v1.Health/Check"  # which the edge asks, and no proto of ours has
# They ask a model, so each call costs: nobody but the caller may send one again.
ASKS_A_MODEL = frozenset(
    {
        "/parley.chat.v1.MessageService/SendMessage",
        "/parley.chat.v1.MessageService/RegenerateReply",
        "/parley.chat.v1.MessageService/ContinueReply",
        "/parley.chat.v1.MessageService/EditMessage",
        "/parley.llm.v1.GenerationService/Generate",
        "/parley.llm.v1.ImageService/GenerateImages",
        "/parley.llm.v1.SpeechService/SynthesizeSpeech",
        "/parley.llm.v1.SpeechService/TranscribeSpeech",
        "/parley.llm.v1.EmbeddingService/EmbedTexts",
    }
)


@dataclass(frozen=True, slots=True)
class Rpc:
    """One RPC."""

    path: str
    # Who may call it, by name: `edge`, `auth`, `chat`, `llm`.
    callers: frozenset[str]
    needs_token: bool
    # Whether it changes nothing: in REST, it is a GET, or its proto says so.
    reads: bool
    streams: bool

    @property
    def part(self) -> str:
        """Who serves it."""
        return self.path.split(".")[1]

    @property
    def asks_a_model(self) -> bool:
        """Whether a call costs."""
        return self.path in ASKS_A_MODEL


@cache
def rpcs() -> dict[str, Rpc]:
    """List all RPCs, by path; refuse a list above that names what is none."""
    found = {rpc.path: rpc for rpc in read(read_descriptors(DESCRIPTORS))}
    if unknown := ASKS_A_MODEL - set(found):
        raise ValueError(f"no such method: {sorted(unknown)}")
    return found


def read(descriptors: descriptor_pb2.FileDescriptorSet) -> Iterator[Rpc]:
    """Read what the protos say of each."""
    for file in descriptors.file:
        for service in file.service:
            for method in service.method:
                access = method.options.Extensions[access_pb2.access]
                http = method.options.Extensions[annotations_pb2.http]
                yield Rpc(
                    path=f"/{file.package}.{service.name}/{method.name}",
                    callers=frozenset(
                        Access.Caller.Name(caller).removeprefix("CALLER_").lower()
                        for caller in access.callers
                    ),
                    needs_token=needs_token(access.token),
                    reads=is_harmless(method)
                    or {binding.verb for binding in bindings(http)} == {"GET"},
                    streams=method.server_streaming,
                )
