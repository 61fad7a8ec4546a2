"""The RPCs of the protos: who may call them, and how a proxy has to treat them."""

from dataclasses import dataclass
from functools import lru_cache

from edge.envoy.methods import LARGE, methods_of, read_descriptors
from edge.envoy.render import DESCRIPTORS, Edge
from parley.access.v1 import access_pb2

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
# What is said by the edge alone, of every environment.
EDGE = Edge(auth=(), chat=(), llm=(), web="")
HEARTBEAT_SECONDS = 15  # of every stream, see `services/chat/messages/run.py`
HEALTH = "/grpc.health.v1.Health/Check"  # which the edge asks, and no proto of ours has


@dataclass(frozen=True, slots=True)
class Rpc:
    """One method."""

    path: str
    callers: frozenset[str]
    token: access_pb2.Access.Token.ValueType
    streams: bool
    reads: bool

    @property
    def part(self) -> str:
        """Who serves it."""
        return self.path.split(".")[1]

    @property
    def needs_token(self) -> bool:
        """Whether a call without a token is refused."""
        return self.token == access_pb2.Access.TOKEN_UNSPECIFIED

    @property
    def asks_a_model(self) -> bool:
        """Whether a call costs."""
        return self.path in ASKS_A_MODEL

    @property
    def seconds(self) -> int:
        """How long the edge lets it take."""
        if self.streams:
            return EDGE.stream_seconds
        return EDGE.large_seconds if self.path in LARGE else EDGE.unary_seconds


@lru_cache
def rpcs() -> dict[str, Rpc]:
    """Read the protos; refuse a list above that names what they do not."""
    descriptors = read_descriptors(DESCRIPTORS)
    reads = {method.path for method in methods_of(descriptors) if method.reads}
    found = {}
    for file in descriptors.file:
        for service in file.service:
            for method in service.method:
                path = f"/{file.package}.{service.name}/{method.name}"
                access = method.options.Extensions[access_pb2.access]
                callers = (
                    access_pb2.Access.Caller.Name(caller) for caller in access.callers
                )
                found[path] = Rpc(
                    path=path,
                    callers=frozenset(
                        caller.removeprefix("CALLER_").lower() for caller in callers
                    ),
                    token=access.token,
                    streams=method.server_streaming,
                    reads=path in reads,
                )
    if unknown := ASKS_A_MODEL - set(found):
        raise ValueError(f"no such method: {sorted(unknown)}")
    return found
