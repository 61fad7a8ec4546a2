"""The gRPC surface: request in, events out."""

import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from parley.llm.v1 import generation_pb2 as generation_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.caller import current
from services.kit.pages import Page, number
from services.llm.generation.answers import Answers
from services.llm.generation.wire import (
    failed,
    to_count,
    to_model,
    to_response,
    to_wanted,
)
from services.llm.metering.model import BudgetExhausted, BudgetsUnavailable
from services.llm.model import ModelNotFound, ProviderError

log = logging.getLogger(__name__)

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class GenerationServicer(pb_grpc.GenerationServiceServicer):
    """Serves `parley.llm.v1.GenerationService`."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    async def Generate(
        self, request: pb.GenerateRequest, context: Context
    ) -> AsyncIterator[generation_pb.GenerateResponse]:
        wanted = to_wanted(request)
        # Headers commit the call: no proxy asks a provider twice. chat waits for them;
        # to users they go with the first event, or JSON could say no status before it.
        if current().actor:
            await context.send_initial_metadata(())
        begun = False
        async with aclosing(self._answers.generate(wanted)) as events:
            try:
                async for event in events:
                    begun = True
                    yield to_response(wanted.user_id, event)
            # By now events may have gone out, behind which no status is seen.
            except (ProviderError, ModelNotFound) as error:
                # Its kind alone: providers repeat in words what they were asked.
                cause = type(error.__cause__).__name__
                extra = {"reason": error.reason, "cause": cause}
                log.warning("a provider failed", extra=extra)
                yield failed(error, wanted.model)
            except (BudgetExhausted, BudgetsUnavailable) as error:
                if not begun:
                    raise
                yield failed(error, wanted.model)

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Context
    ) -> pb.CountTokensResponse:
        return to_count(await self._answers.count(to_wanted(request.generation)))

    async def ListModels(
        self, request: pb.ListModelsRequest, context: Context
    ) -> pb.ListModelsResponse:
        page = Page.of(request, number)
        (start,) = page.after or (0,)
        models = list(enumerate(await self._answers.models(), start=1))
        found = models[start : start + page.size + 1]
        return pb.ListModelsResponse(
            models=[to_model(model) for _, model in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last[0],)),
        )
