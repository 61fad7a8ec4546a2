"""The llm service, over gRPC."""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

import grpc

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import generation_pb2 as generation_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.chat.messages.ports import (
    Answered,
    Broken,
    Noting,
    Piece,
    Reading,
    Refused,
    Said,
    Thinking,
    Turn,
)
from services.chat.names import ConversationName
from services.chat.usage.model import Price
from services.kit.channels import channel_to
from services.kit.delegation import NO_GROUPS, Delegation
from services.kit.errors import Unavailable
from services.kit.status import info_of
from services.kit.telemetry import traced_stream

log = logging.getLogger(__name__)

ROLES = {
    "system": generation_pb.ROLE_SYSTEM,
    "user": generation_pb.ROLE_USER,
    "assistant": generation_pb.ROLE_ASSISTANT,
}
METHOD = "parley.llm.v1.GenerationService/Generate"
Response = generation_pb.GenerateResponse
PREFIX = "ERROR_REASON_"
NOBODY = UUID(int=0)  # for whom chat asks what is the same for everybody
PAGE = 200
LIST_SECONDS = 10.0
RETURN_SECONDS = 5.0  # how long a replica of llm may take to come back
# What gRPC says itself when the other side is gone.
GONE = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.UNKNOWN,
}

# Refusals of what the user asked for, not of what chat made of it.
SAID_BY_LLM = {
    grpc.StatusCode.FAILED_PRECONDITION,
    grpc.StatusCode.INVALID_ARGUMENT,
    grpc.StatusCode.NOT_FOUND,
    grpc.StatusCode.PERMISSION_DENIED,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
}

Event = Said | Answered | Refused


class LlmClient:
    """Has the llm service answer, on behalf of a user who need not be there."""

    def __init__(self, channel: grpc.aio.Channel, delegation: Delegation) -> None:
        self._stub: pb_grpc.GenerationServiceAsyncStub = pb_grpc.GenerationServiceStub(
            channel
        )
        self._delegation = delegation

    @classmethod
    @asynccontextmanager
    async def connect(
        cls, addresses: str, delegation: Delegation
    ) -> AsyncIterator["LlmClient"]:
        """Keep a channel open while the block runs."""
        async with channel_to(addresses) as channel:
            yield cls(channel, delegation)

    async def generate(
        self,
        turns: Sequence[Turn],
        *,
        model: str,
        user_id: UUID,
        groups: frozenset[UUID] = NO_GROUPS,
        max_tokens: int | None = None,
        options: bytes | None = None,
        conversation: ConversationName | None = None,
    ) -> AsyncIterator[Event | Broken]:
        request = pb.GenerateRequest(
            model=model,
            turns=[
                generation_pb.Turn(
                    role=ROLES[turn.role],
                    text=turn.text,
                    id=str(turn.id or ""),
                    attachments=turn.attachments,
                )
                for turn in turns
                if turn.text  # a reply that failed at once said nothing
            ],
            max_output_tokens=max_tokens or 0,
            options=generation_pb.GenerationOptions.FromString(options or b""),
            conversation=str(conversation or ""),
        )
        # A replica that dies before it said anything is not worth a word to the user:
        # another one is asked, or the same one when it is back.
        for again in (False, True):
            begun = False
            try:
                async with self._calling(request, user_id, groups, wait=again) as call:
                    while isinstance(
                        got := await call.read(), generation_pb.GenerateResponse
                    ):
                        begun = True
                        for event in to_events(got):
                            yield event
                            if isinstance(event, Answered | Refused):
                                return
            except TimeoutError:
                log.warning("llm is away")
            except grpc.aio.AioRpcError as error:
                log.warning("llm broke off", extra={"code": error.code().name})
                if reason := refusal(error):
                    yield Refused(reason, model)
                    return
            if begun:
                yield Broken()
                return
        yield Refused("MODEL_UNAVAILABLE", model)

    async def prices(self) -> Mapping[str, Price]:
        request, prices = pb.ListModelsRequest(page_size=PAGE), {}
        token = self._delegation.token(NOBODY)
        metadata = (("authorization", f"Bearer {token}"),)
        while True:
            try:
                page = await self._stub.ListModels(
                    request, metadata=metadata, timeout=LIST_SECONDS
                )
            except grpc.aio.AioRpcError as error:
                raise Unavailable(part="llm", retry_seconds=1) from error
            for model in page.models:
                prices[model.name.removeprefix("models/")] = Price(
                    model.input_micros_per_million_tokens,
                    model.output_micros_per_million_tokens,
                )
            if not page.next_page_token:
                return prices
            request.page_token = page.next_page_token

    @asynccontextmanager
    async def _calling(
        self,
        request: pb.GenerateRequest,
        user_id: UUID,
        groups: frozenset[UUID],
        *,
        wait: bool,
    ) -> AsyncIterator[
        grpc.aio.UnaryStreamCall[pb.GenerateRequest, generation_pb.GenerateResponse]
    ]:
        """Call; with `wait`, give a replica some time to be there."""
        token = self._delegation.token(user_id, groups)
        with traced_stream(METHOD) as metadata:
            call = self._stub.Generate(
                request,
                metadata=(("authorization", f"Bearer {token}"), *metadata),
                wait_for_ready=wait,
            )
            try:
                if wait:
                    # llm sends headers at once, and takes its time only after them.
                    async with asyncio.timeout(RETURN_SECONDS):
                        await call.initial_metadata()
                yield call
            finally:
                call.cancel()


def to_events(response: Response) -> Iterator[Event]:
    """Read what the llm service says, if it says anything."""
    match response.WhichOneof("event"):
        case "delta":
            yield Piece(response.delta.text, response.delta.tokens)
        case "reasoning":
            yield Thinking(response.reasoning.text, response.reasoning.tokens)
        case "citation":
            citation = response.citation
            yield Noting(f"citation/{citation.number}", citation.SerializeToString())
        case "tool_call":
            call = response.tool_call
            yield Noting(f"tool_call/{call.name}", call.SerializeToString())
        case "retrieval":
            yield Noting("retrieval", response.retrieval.SerializeToString())
        case "usage":
            yield Reading(response.usage.input_tokens, response.usage.model)
        case "completed":
            done = response.completed
            if done.prompt_version:
                yield Noting("prompt_version", done.prompt_version.encode())
            if done.cached:  # costs nothing
                yield Answered(done.model, 0, 0)
            else:
                yield Answered(done.model, done.input_tokens, done.output_tokens)
        case "failed":
            name = error_reason_pb2.ErrorReason.Name(response.failed.reason)
            yield Refused(name.removeprefix(PREFIX), response.failed.model)


def refusal(error: grpc.aio.AioRpcError) -> str | None:
    """Return why llm refused; None if it is gone and said nothing."""
    info = info_of(error)
    if not info and error.code() in GONE:
        return None
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED and not info:
        return "MODEL_REJECTED"  # gRPC's own word for more bytes than llm takes
    known = info is not None and (
        info.reason.startswith("MODEL_") or error.code() in SAID_BY_LLM
    )
    return info.reason if info and known else "MODEL_UNAVAILABLE"
