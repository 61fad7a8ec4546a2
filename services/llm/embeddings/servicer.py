"""The gRPC surface: texts in, vectors out."""

from typing import Any

from parley.llm.v1 import embedding_service_pb2 as pb
from parley.llm.v1 import embedding_service_pb2_grpc as pb_grpc
from services.kit.caller import current
from services.kit.errors import InvalidField
from services.kit.fields import require_fields, text
from services.llm.embeddings.model import MAX_TEXT, MAX_TEXTS, EmbeddingUnavailable
from services.llm.embeddings.ports import Embeddings
from services.llm.guards.accounting import estimated_text
from services.llm.metering.meter import Meter

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class EmbeddingServicer(pb_grpc.EmbeddingServiceServicer):
    """Serves `parley.llm.v1.EmbeddingService`; without a model it says so."""

    def __init__(self, embeddings: Embeddings | None, meter: Meter) -> None:
        self._embeddings = embeddings
        self._meter = meter

    async def EmbedTexts(
        self, request: pb.EmbedTextsRequest, context: Context
    ) -> pb.EmbedTextsResponse:
        current()
        require_fields(request)
        if len(request.texts) > MAX_TEXTS:
            raise InvalidField(field="texts", expected=f"1 to {MAX_TEXTS} texts")
        texts = [
            text("texts", each, minimum=1, maximum=MAX_TEXT) for each in request.texts
        ]
        if self._embeddings is None:
            raise EmbeddingUnavailable
        read = sum(map(estimated_text, texts))
        async with self._meter.metered(
            self._embeddings.model, input_tokens=read
        ) as metered:
            found = await self._embeddings.embedded(texts)
            if metered:
                use = metered.use
                use.model, use.answered = found.model, True
                use.input_tokens = found.input_tokens or read
                use.estimated = not found.input_tokens
        return pb.EmbedTextsResponse(
            embeddings=[
                pb.EmbedTextsResponse.Embedding(values=vector)
                for vector in found.vectors
            ],
            model=found.model,
            input_tokens=found.input_tokens,
        )
