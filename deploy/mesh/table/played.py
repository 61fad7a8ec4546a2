"""Services that answer whatever comes, and remember it: what sidecars stand before."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc

from parley.auth.v1 import key_service_pb2

KEYS = "/parley.auth.v1.KeyService/GetJsonWebKeySet"
Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


@dataclass(frozen=True, slots=True)
class Call:
    """A call that came through."""

    method: str
    headers: Mapping[str, str]


Play = Callable[[Call, Context], AsyncIterator[bytes]]


async def one_answer(call: Call, context: Context) -> AsyncIterator[bytes]:
    """Answer with one empty message: what any RPC may say."""
    yield b""


@dataclass
class Played:
    """A service that is played, and what came to it."""

    play: Play = one_answer
    calls: list[Call] = field(default_factory=list)
    # Key sets in JSON's form, for whoever asks for the keys of tokens.
    keys: list[dict[str, str]] = field(default_factory=list)
    server: grpc.aio.Server | None = None

    async def die(self) -> None:
        """End at once, whatever is going on."""
        if self.server:
            await self.server.stop(None)

    def count(self, method: str) -> int:
        """Count the calls of a method."""
        return sum(call.method == method for call in self.calls)


class Anything(grpc.GenericRpcHandler):
    """Serves every method there may be, of any kind."""

    def __init__(self, played: Played) -> None:
        self._played = played

    def service(self, details: Any) -> Any:
        """Answer with bytes: a stream with one message is a unary answer, too."""

        async def answer(requests: AsyncIterator[bytes], context: Context) -> Any:
            metadata = context.invocation_metadata() or ()
            headers = {key: str(value) for key, value in metadata}
            if details.method == KEYS:
                yield key_set(self._played.keys)
                return
            call = Call(details.method, headers)
            self._played.calls.append(call)
            async for said in self._played.play(call, context):
                yield said

        return grpc.stream_stream_rpc_method_handler(answer)


def key_set(keys: list[dict[str, str]]) -> bytes:
    """Write the keys as auth does."""
    found = [key_service_pb2.JsonWebKey(**key) for key in keys]
    return key_service_pb2.GetJsonWebKeySetResponse(keys=found).SerializeToString()


@asynccontextmanager
async def playing(played: Played, socket: Path) -> AsyncIterator[None]:
    """Serve it on a Unix socket."""
    played.server = grpc.aio.server()
    played.server.add_generic_rpc_handlers((Anything(played),))
    played.server.add_insecure_port(f"unix:{socket}")
    await played.server.start()
    try:
        yield
    finally:
        await played.die()
