"""The gRPC surface: request in, provider's events out."""

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from parley.error.v1 import error_reason_pb2
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit import fields
from services.kit.fields import InvalidField
from services.kit.pages import Page
from services.llm.model import (
    MAX_MODEL,
    MAX_TURNS,
    Completed,
    Delta,
    Event,
    Heartbeat,
    Model,
    ProviderError,
    Question,
    Role,
    Turn,
)
from services.llm.ports import Provider

log = logging.getLogger(__name__)

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs

ROLES: dict[int, Role] = {
    pb.ROLE_SYSTEM: "system",
    pb.ROLE_USER: "user",
    pb.ROLE_ASSISTANT: "assistant",
}
FINISH = {
    "stop": pb.FINISH_REASON_STOP,
    "length": pb.FINISH_REASON_LENGTH,
    "content_filter": pb.FINISH_REASON_CONTENT_FILTER,
    "unknown": pb.FINISH_REASON_UNSPECIFIED,
}


class GenerationServicer(pb_grpc.GenerationServiceServicer):
    """Serves `parley.llm.v1.GenerationService`."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def Generate(
        self, request: pb.GenerateRequest, context: Context
    ) -> AsyncIterator[pb.GenerateResponse]:
        question = to_question(request)
        # The headers commit the call: no proxy asks a provider twice.
        await context.send_initial_metadata(())
        async with aclosing(self._provider.generate(question)) as events:
            try:
                async for event in events:
                    yield to_response(event)
            except ProviderError as error:
                log.warning("a provider failed", extra={"reason": error.reason})
                yield failed(error, question.model)

    async def ListModels(
        self, request: pb.ListModelsRequest, context: Context
    ) -> pb.ListModelsResponse:
        page = Page.of(request, int)
        (start,) = page.after or (0,)
        models = list(enumerate(await self._provider.models(), start=1))
        found = models[start : start + page.size + 1]
        return pb.ListModelsResponse(
            models=[to_model(model) for _, model in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last[0],)),
        )


def to_question(request: pb.GenerateRequest) -> Question:
    """Read what is asked, or refuse it."""
    if len(request.turns) > MAX_TURNS:
        raise InvalidField(field="turns", expected=f"1 to {MAX_TURNS} turns")
    if request.max_output_tokens < 0:
        raise InvalidField(field="max_output_tokens", expected="0 or more")
    return Question(
        model=fields.text("model", request.model, maximum=MAX_MODEL),
        turns=tuple(to_turn(number, turn) for number, turn in enumerate(request.turns)),
        max_output_tokens=request.max_output_tokens,
    )


def to_turn(number: int, turn: pb.Turn) -> Turn:
    """Read one turn, or refuse it."""
    if turn.role not in ROLES:
        raise InvalidField(field=f"turns[{number}].role", expected="a role")
    if not turn.text:
        raise InvalidField(field=f"turns[{number}].text", expected="a value")
    return Turn(ROLES[turn.role], turn.text)


def to_response(event: Event) -> pb.GenerateResponse:
    """Put an event on the wire."""
    match event:
        case Delta(text, tokens):
            return pb.GenerateResponse(
                delta=pb.GenerateResponse.Delta(text=text, tokens=tokens)
            )
        case Heartbeat():
            return pb.GenerateResponse(heartbeat=pb.GenerateResponse.Heartbeat())
        case Completed():
            return pb.GenerateResponse(
                completed=pb.GenerateResponse.Completed(
                    model=event.model,
                    finish_reason=FINISH[event.finish_reason],
                    input_tokens=event.input_tokens,
                    output_tokens=event.output_tokens,
                )
            )


def failed(error: ProviderError, model: str) -> pb.GenerateResponse:
    """Put the end of a broken answer on the wire."""
    reason = error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{error.reason}")
    return pb.GenerateResponse(
        failed=pb.GenerateResponse.Failed(reason=reason, model=model)
    )


def to_model(model: Model) -> pb.Model:
    """Put a model on the wire."""
    return pb.Model(
        name=f"models/{model.id}", display_name=model.id, provider=model.provider
    )
