"""llm over a scripted provider."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from uuid import uuid4

import grpc
import pytest

from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.llm.generation import models
from services.llm.ports import Provider
from services.llm.providers.openai import OpenAiProvider, client_session
from tests.doubles.openai_server import serving as upstream_serving
from tests.doubles.script import Script, words
from tests.doubles.upstream import Upstream
from tests.identity import Identity, bearing
from tests.serving import channel_to, llm_serving

KEY = "sk-of-the-operator"


@dataclass(frozen=True)
class Llm:
    """llm as a signed-in caller reaches it."""

    stub: pb_grpc.GenerationServiceAsyncStub
    me: tuple[tuple[str, str], ...]

    def generate(
        self, *texts: str, model: str = ""
    ) -> grpc.aio.UnaryStreamCall[pb.GenerateRequest, answer_pb.GenerateResponse]:
        """Ask, as a user who says these texts."""
        turns = [
            answer_pb.Turn(role=answer_pb.ROLE_USER, text=text)
            for text in texts or ("Hi",)
        ]
        request = pb.GenerateRequest(model=model, turns=turns)
        return self.stub.Generate(request, metadata=self.me)

    async def models(self, **request: int | str) -> pb.ListModelsResponse:
        """List the models."""
        return await self.stub.ListModels(
            pb.ListModelsRequest(**request),  # type: ignore[arg-type]  # by name
            metadata=self.me,
        )


OpenLlm = Callable[[Provider], AbstractAsyncContextManager[Llm]]


@pytest.fixture(scope="session")
def open_llm() -> OpenLlm:
    """Serve llm over any provider."""
    identity = Identity()

    @asynccontextmanager
    async def open(provider: Provider) -> AsyncIterator[Llm]:
        async with (
            llm_serving(provider, identity) as address,
            channel_to(address) as channel,
        ):
            yield Llm(
                pb_grpc.GenerationServiceStub(channel), bearing(identity.token(uuid4()))
            )

    return open


@pytest.fixture(autouse=True)
def known_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers that wait for what is known of their model, however busy the machine."""
    monkeypatch.setattr(models, "LIST_SECONDS", 60.0)


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    """A scripted model."""
    async with upstream_serving(Script(tokens=words(20))) as upstream:
        yield upstream


@pytest.fixture
async def provider(upstream: Upstream) -> AsyncIterator[OpenAiProvider]:
    """The scripted model, as a provider."""
    async with client_session() as session:
        yield OpenAiProvider(
            session, url=upstream.url, name="openai", key=KEY, model="scripted"
        )


@pytest.fixture
async def llm(open_llm: OpenLlm, provider: OpenAiProvider) -> AsyncIterator[Llm]:
    """llm over the scripted model."""
    async with open_llm(provider) as llm:
        yield llm
