"""llm's tools, speech, images and erasure, as a test has them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import grpc

from parley.chat.v1 import erasure_service_pb2 as chat_erasure_pb
from parley.chat.v1 import erasure_service_pb2_grpc as chat_erasure_grpc
from parley.llm.v1 import erasure_service_pb2 as erasure_pb
from parley.llm.v1 import erasure_service_pb2_grpc as erasure_grpc
from parley.llm.v1 import image_service_pb2 as images_pb
from parley.llm.v1 import image_service_pb2_grpc as images_grpc
from parley.llm.v1 import speech_service_pb2 as speech_pb
from parley.llm.v1 import speech_service_pb2_grpc as speech_grpc
from parley.llm.v1 import tool_service_pb2 as tools_pb
from parley.llm.v1 import tool_service_pb2_grpc as tools_grpc
from parley.llm.v1.tool_service_pb2 import DecideToolCallRequest, Tool
from services.kit.errors import ServiceError
from services.llm.tools.model import ToolCallNotFound, ToolNotFound
from tests.clients.scripted_chat import paged

Context = grpc.aio.ServicerContext[Any, Any]
PICTURE = b"\x89PNG picture"


class ScriptedTools(
    tools_grpc.ToolServiceServicer,
    speech_grpc.SpeechServiceServicer,
    images_grpc.ImageServiceServicer,
):
    """Has two tools, one voice and one picture."""

    def __init__(self) -> None:
        self.tools = {
            "calculator": Tool(display_name="Calculator", description="Adds up."),
            "wiki__search": Tool(
                display_name="Search", server="wiki", needs_approval=True
            ),
        }
        self.decided: list[DecideToolCallRequest] = []
        self.decision = asyncio.Event()
        # While set, no call waits for anybody.
        self.nothing_waits = False
        self.spoken: list[speech_pb.SynthesizeSpeechRequest] = []
        self.heard: list[speech_pb.TranscribeSpeechRequest] = []
        self.drawn: list[images_pb.GenerateImagesRequest] = []
        self.images_break_off = False

    async def ListTools(
        self, request: tools_pb.ListToolsRequest, context: Context
    ) -> tools_pb.ListToolsResponse:
        for id, tool in self.tools.items():
            tool.name = f"{request.parent}/tools/{id}"
        page, token = paged([*self.tools.values()], request.page_token)
        return tools_pb.ListToolsResponse(tools=page, next_page_token=token)

    async def UpdateTool(
        self, request: tools_pb.UpdateToolRequest, context: Context
    ) -> tools_pb.UpdateToolResponse:
        if not (tool := self.tools.get(request.tool.name.rpartition("/")[2])):
            raise ToolNotFound
        tool.enabled = request.tool.enabled
        return tools_pb.UpdateToolResponse(tool=tool)

    async def DecideToolCall(
        self, request: DecideToolCallRequest, context: Context
    ) -> tools_pb.DecideToolCallResponse:
        if self.nothing_waits:
            raise ToolCallNotFound
        self.decided.append(request)
        self.decision.set()
        return tools_pb.DecideToolCallResponse()

    async def TranscribeSpeech(
        self, request: speech_pb.TranscribeSpeechRequest, context: Context
    ) -> speech_pb.TranscribeSpeechResponse:
        self.heard.append(request)
        return speech_pb.TranscribeSpeechResponse(text="What was \x1b[31msaid")

    async def SynthesizeSpeech(
        self, request: speech_pb.SynthesizeSpeechRequest, context: Context
    ) -> AsyncIterator[speech_pb.SynthesizeSpeechResponse]:
        self.spoken.append(request)
        for chunk in (b"one ", b"two"):
            yield speech_pb.SynthesizeSpeechResponse(chunk=chunk)

    async def GenerateImages(
        self, request: images_pb.GenerateImagesRequest, context: Context
    ) -> AsyncIterator[images_pb.GenerateImagesResponse]:
        self.drawn.append(request)
        heartbeat = images_pb.GenerateImagesResponse.Heartbeat()
        yield images_pb.GenerateImagesResponse(heartbeat=heartbeat)
        image = images_pb.GenerateImagesResponse.Image(data=PICTURE)
        for _ in range(request.count):
            yield images_pb.GenerateImagesResponse(image=image)
        if not self.images_break_off:
            completed = images_pb.GenerateImagesResponse.Completed()
            yield images_pb.GenerateImagesResponse(completed=completed)


class ScriptedErasure(erasure_grpc.ErasureServiceServicer):
    """Erases what llm knows, an hour after chat did."""

    def __init__(self) -> None:
        self.erased: list[str] = []

    async def EraseUserData(
        self, request: erasure_pb.EraseUserDataRequest, context: Context
    ) -> erasure_pb.EraseUserDataResponse:
        self.erased.append(request.name)
        response = erasure_pb.EraseUserDataResponse()
        response.deadline.FromSeconds(4_102_444_800)
        return response


class ScriptedChatErasure(chat_erasure_grpc.ErasureServiceServicer):
    """Erases what chat knows."""

    def __init__(self) -> None:
        self.erased: list[str] = []
        self.refusals: list[ServiceError] = []

    async def EraseUserData(
        self, request: chat_erasure_pb.EraseUserDataRequest, context: Context
    ) -> chat_erasure_pb.EraseUserDataResponse:
        if self.refusals:
            raise self.refusals.pop()
        self.erased.append(request.name)
        response = chat_erasure_pb.EraseUserDataResponse()
        response.deadline.FromSeconds(4_102_441_200)
        return response
