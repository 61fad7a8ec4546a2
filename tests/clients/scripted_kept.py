"""llm's prompts, assistants and memories, in memory."""

from typing import Any
from uuid import uuid4

import grpc

from parley.llm.v1 import assistant_service_pb2 as assistants_pb
from parley.llm.v1 import assistant_service_pb2_grpc as assistants_grpc
from parley.llm.v1 import memory_service_pb2 as memories_pb
from parley.llm.v1 import memory_service_pb2_grpc as memories_grpc
from parley.llm.v1 import prompt_service_pb2 as prompts_pb
from parley.llm.v1 import prompt_service_pb2_grpc as prompts_grpc
from parley.llm.v1.assistant_service_pb2 import Assistant
from parley.llm.v1.memory_service_pb2 import Memory
from parley.llm.v1.prompt_service_pb2 import Prompt, PromptVersion
from services.llm.assistants.model import AssistantNotFound
from services.llm.memories.model import MemoryNotFound
from services.llm.prompts.model import PromptNotFound
from tests.clients.scripted_chat import paged

Context = grpc.aio.ServicerContext[Any, Any]


class ScriptedKept(
    prompts_grpc.PromptServiceServicer,
    assistants_grpc.AssistantServiceServicer,
    memories_grpc.MemoryServiceServicer,
):
    """Keeps what a user says is to be kept."""

    def __init__(self) -> None:
        self.prompts: dict[str, Prompt] = {}
        self.versions: dict[str, PromptVersion] = {}
        self.assistants: dict[str, Assistant] = {}
        self.memories: dict[str, Memory] = {}

    async def CreatePrompt(
        self, request: prompts_pb.CreatePromptRequest, context: Context
    ) -> prompts_pb.CreatePromptResponse:
        prompt = request.prompt
        prompt.name = f"{request.parent}/prompts/{uuid4()}"
        self.prompts[prompt.name] = prompt
        self._add(prompt, PromptVersion(text=request.text))
        return prompts_pb.CreatePromptResponse(prompt=prompt)

    async def GetPrompt(
        self, request: prompts_pb.GetPromptRequest, context: Context
    ) -> prompts_pb.GetPromptResponse:
        return prompts_pb.GetPromptResponse(prompt=self._prompt(request.name))

    async def ListPrompts(
        self, request: prompts_pb.ListPromptsRequest, context: Context
    ) -> prompts_pb.ListPromptsResponse:
        page, token = paged([*self.prompts.values()], request.page_token)
        return prompts_pb.ListPromptsResponse(prompts=page, next_page_token=token)

    async def DeletePrompt(
        self, request: prompts_pb.DeletePromptRequest, context: Context
    ) -> prompts_pb.DeletePromptResponse:
        del self.prompts[self._prompt(request.name).name]
        return prompts_pb.DeletePromptResponse()

    async def CreatePromptVersion(
        self, request: prompts_pb.CreatePromptVersionRequest, context: Context
    ) -> prompts_pb.CreatePromptVersionResponse:
        added = self._add(self._prompt(request.parent), request.prompt_version)
        return prompts_pb.CreatePromptVersionResponse(prompt_version=added)

    async def ListPromptVersions(
        self, request: prompts_pb.ListPromptVersionsRequest, context: Context
    ) -> prompts_pb.ListPromptVersionsResponse:
        mine = [v for v in self.versions.values() if v.name.startswith(request.parent)]
        page, token = paged(mine[::-1], request.page_token)
        return prompts_pb.ListPromptVersionsResponse(
            prompt_versions=page, next_page_token=token
        )

    async def UpdatePromptVersion(
        self, request: prompts_pb.UpdatePromptVersionRequest, context: Context
    ) -> prompts_pb.UpdatePromptVersionResponse:
        if not (version := self.versions.get(request.prompt_version.name)):
            raise PromptNotFound
        version.weight = request.prompt_version.weight
        return prompts_pb.UpdatePromptVersionResponse(prompt_version=version)

    async def RenderPrompt(
        self, request: prompts_pb.RenderPromptRequest, context: Context
    ) -> prompts_pb.RenderPromptResponse:
        version = self._prompt(request.name).latest_version
        text = version.text
        for variable, value in request.variables.items():
            text = text.replace(f"{{{{{variable}}}}}", value)
        return prompts_pb.RenderPromptResponse(text=text, prompt_version=version.name)

    async def CreateAssistant(
        self, request: assistants_pb.CreateAssistantRequest, context: Context
    ) -> assistants_pb.CreateAssistantResponse:
        assistant = request.assistant
        assistant.name = f"{request.parent}/assistants/{uuid4()}"
        self.assistants[assistant.name] = assistant
        return assistants_pb.CreateAssistantResponse(assistant=assistant)

    async def GetAssistant(
        self, request: assistants_pb.GetAssistantRequest, context: Context
    ) -> assistants_pb.GetAssistantResponse:
        return assistants_pb.GetAssistantResponse(
            assistant=self._assistant(request.name)
        )

    async def ListAssistants(
        self, request: assistants_pb.ListAssistantsRequest, context: Context
    ) -> assistants_pb.ListAssistantsResponse:
        page, token = paged([*self.assistants.values()], request.page_token)
        return assistants_pb.ListAssistantsResponse(
            assistants=page, next_page_token=token
        )

    async def UpdateAssistant(
        self, request: assistants_pb.UpdateAssistantRequest, context: Context
    ) -> assistants_pb.UpdateAssistantResponse:
        found = self._assistant(request.assistant.name)
        request.update_mask.MergeMessage(request.assistant, found, True, True)
        return assistants_pb.UpdateAssistantResponse(assistant=found)

    async def DeleteAssistant(
        self, request: assistants_pb.DeleteAssistantRequest, context: Context
    ) -> assistants_pb.DeleteAssistantResponse:
        del self.assistants[self._assistant(request.name).name]
        return assistants_pb.DeleteAssistantResponse()

    async def CreateMemory(
        self, request: memories_pb.CreateMemoryRequest, context: Context
    ) -> memories_pb.CreateMemoryResponse:
        memory = request.memory
        memory.name = f"{request.parent}/memories/{uuid4()}"
        self.memories[memory.name] = memory
        return memories_pb.CreateMemoryResponse(memory=memory)

    async def ListMemories(
        self, request: memories_pb.ListMemoriesRequest, context: Context
    ) -> memories_pb.ListMemoriesResponse:
        page, token = paged([*self.memories.values()], request.page_token)
        return memories_pb.ListMemoriesResponse(memories=page, next_page_token=token)

    async def UpdateMemory(
        self, request: memories_pb.UpdateMemoryRequest, context: Context
    ) -> memories_pb.UpdateMemoryResponse:
        if request.memory.name not in self.memories:
            raise MemoryNotFound
        self.memories[request.memory.name] = request.memory
        return memories_pb.UpdateMemoryResponse(memory=request.memory)

    async def DeleteMemory(
        self, request: memories_pb.DeleteMemoryRequest, context: Context
    ) -> memories_pb.DeleteMemoryResponse:
        if not self.memories.pop(request.name, None):
            raise MemoryNotFound
        return memories_pb.DeleteMemoryResponse()

    def _add(self, prompt: Prompt, version: PromptVersion) -> PromptVersion:
        number = sum(name.startswith(prompt.name) for name in self.versions) + 1
        version.name = f"{prompt.name}/versions/{number}"
        version.create_time.GetCurrentTime()
        self.versions[version.name] = version
        prompt.latest_version.CopyFrom(version)
        return version

    def _prompt(self, name: str) -> Prompt:
        if not (found := self.prompts.get(name)):
            raise PromptNotFound
        return found

    def _assistant(self, name: str) -> Assistant:
        if not (found := self.assistants.get(name)):
            raise AssistantNotFound
        return found
