"""An llm service that says what a test has it say, word for word."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import pytest

from parley.llm.v1 import generation_pb2 as answer_pb
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1 import generation_service_pb2_grpc as pb_grpc
from services.kit.caller import Caller, current
from services.kit.interceptors import bearer
from services.kit.server import serving
from tests.chat.conftest import Chat
from tests.identity import Identity
from tests.serving import ANY_PORT

Response = answer_pb.GenerateResponse


def delta(text: str, tokens: int = 1) -> Response:
    """Let the answer go on."""
    return Response(delta=Response.Delta(text=text, tokens=tokens))


def thought(text: str, tokens: int = 1) -> Response:
    """Let the model think."""
    return Response(reasoning=Response.Reasoning(text=text, tokens=tokens))


def reading(input_tokens: int) -> Response:
    """Say how many tokens the model has read so far."""
    return Response(usage=Response.Usage(input_tokens=input_tokens))


def citation(number: int, quote: str = "so it says") -> Response:
    """Cite a passage."""
    return Response(citation=answer_pb.Citation(number=number, quote=quote))


def tool_call(id: str, state: str, result: str = "") -> Response:
    """Use a tool."""
    call = answer_pb.ToolCall(
        name=f"users/x/toolCalls/{id}",
        tool="tools/calculator",
        state=answer_pb.ToolCall.State.Value(f"STATE_{state}"),
        result=result,
    )
    return Response(tool_call=call)


def completed(**fields: Any) -> Response:
    """Let the answer be whole."""
    return Response(completed=Response.Completed(model="m", **fields))


class Speaker(pb_grpc.GenerationServiceServicer):
    """Says to every caller what is in its queue; None ends the call as a death does."""

    def __init__(self) -> None:
        self.requests: list[pb.GenerateRequest] = []
        self.callers: list[Caller] = []
        self.speaking = 0  # how many calls are under way
        self.models: list[pb.Model] = []
        self.listed = asyncio.Event()
        self.words: asyncio.Queue[Response | Exception | None] = asyncio.Queue()
        self.address = ""

    def say(self, *responses: Response | Exception | None) -> None:
        """Say these next."""
        for response in responses:
            self.words.put_nowait(response)

    async def Generate(
        self, request: pb.GenerateRequest, context: Any
    ) -> AsyncIterator[Response]:
        self.requests.append(request)
        self.callers.append(current())
        self.speaking += 1
        try:
            await context.send_initial_metadata(())
            while (word := await self.words.get()) is not None:
                if isinstance(word, Exception):
                    raise word
                yield word
                if word.HasField("completed"):
                    return  # what is said next is for the next caller
        finally:
            self.speaking -= 1

    async def CountTokens(
        self, request: pb.CountTokensRequest, context: Any
    ) -> pb.CountTokensResponse:
        return pb.CountTokensResponse()

    async def ListModels(
        self, request: pb.ListModelsRequest, context: Any
    ) -> pb.ListModelsResponse:
        self.listed.set()
        return pb.ListModelsResponse(models=self.models)


@asynccontextmanager
async def speaking(identity: Identity) -> AsyncIterator[Speaker]:
    """Serve it while the block runs."""
    speaker = Speaker()
    async with serving(
        partial(pb_grpc.add_GenerationServiceServicer_to_server, speaker),
        services=("parley.llm.v1.GenerationService",),
        address=ANY_PORT,
        authenticate=bearer(identity.verifier(trusted=identity.trusted)),
        drain_seconds=0,
    ) as port:
        speaker.address = f"127.0.0.1:{port}"
        yield speaker


async def begun(chat: Chat, speaker: Speaker, *words: Response) -> tuple[str, int]:
    """Begin a reply that says this and then waits; return its name and seq."""
    speaker.say(*words)
    call = chat.send(await chat.conversation())
    name, seq = "", 0
    characters = sum(len(word.delta.text) for word in words)
    async for response in call:
        name, seq = name or response.event.accepted.reply.name, response.event.seq
        if seq >= characters + 1:
            break
    call.cancel()
    return name, seq


@pytest.fixture
async def speaker(identity: Identity) -> AsyncIterator[Speaker]:
    """Serve it for a test, which imports this."""
    async with speaking(identity) as speaker:
        yield speaker


@pytest.fixture
def llm_address(speaker: Speaker) -> str:
    """Have chat ask it; imported along with it."""
    return speaker.address
