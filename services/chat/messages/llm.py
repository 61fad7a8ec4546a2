"""The llm service, over gRPC."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import grpc

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.chat.messages.model import Message
from services.chat.messages.ports import Answered, Piece, Refused
from services.kit.status import info_of
from services.kit.telemetry import client_tracing

log = logging.getLogger(__name__)

ROLES = {"user": pb.ROLE_USER, "assistant": pb.ROLE_ASSISTANT}
PREFIX = "ERROR_REASON_"


class LlmClient:
    """Has the llm service answer."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub: pb_grpc.GenerationServiceAsyncStub = pb_grpc.GenerationServiceStub(
            channel
        )

    @classmethod
    @asynccontextmanager
    async def connect(cls, address: str) -> AsyncIterator["LlmClient"]:
        """Keep a channel open while the block runs."""
        async with grpc.aio.insecure_channel(
            address, interceptors=client_tracing()
        ) as channel:
            yield cls(channel)

    async def generate(
        self, history: Sequence[Message], model: str, token: str
    ) -> AsyncIterator[Piece | Answered | Refused]:
        request = pb.GenerateRequest(
            model=model,
            turns=[
                pb.Turn(role=ROLES[turn.role], text=turn.text)
                for turn in history
                if turn.text  # a reply that failed at once said nothing
            ],
        )
        metadata = (("authorization", f"Bearer {token}"),)
        try:
            async for response in self._stub.Generate(request, metadata=metadata):
                match response.WhichOneof("event"):
                    case "delta":
                        yield Piece(response.delta.text)
                    case "completed":
                        done = response.completed
                        yield Answered(
                            done.model, done.input_tokens, done.output_tokens
                        )
                        return
                    case "failed":
                        name = error_reason_pb2.ErrorReason.Name(response.failed.reason)
                        yield Refused(name.removeprefix(PREFIX), response.failed.model)
                        return
        except grpc.aio.AioRpcError as error:
            info = info_of(error)
            reason = info.reason if info else ""
            known = reason.startswith("MODEL_")
            log.warning("llm refused", extra={"code": error.code().name})
            yield Refused(reason if known else "MODEL_UNAVAILABLE", model)
            return
        yield Refused("MODEL_UNAVAILABLE", model)
