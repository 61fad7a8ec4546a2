"""The gRPC surface of prompts: request in, domain call, response out."""

from random import Random
from typing import Any

from parley.llm.v1 import prompt_service_pb2 as pb
from parley.llm.v1 import prompt_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.fields import InvalidField
from services.kit.masks import changed_fields, masked
from services.kit.names import parse_name
from services.kit.pages import Page, number
from services.kit.requests.wire import identity
from services.llm.kept.pages import by_name, place_by_name
from services.llm.names import PromptName
from services.llm.prompts.model import Prompt, chosen, rendered
from services.llm.prompts.store import PostgresPrompts
from services.llm.prompts.wire import (
    MUTABLE,
    from_prompt,
    parse_version,
    text_of,
    to_prompt,
    to_version,
    version_name,
    weight_of,
)
from services.llm.wire import to_variables

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class PromptServicer(pb_grpc.PromptServiceServicer):
    """Serves `parley.llm.v1.PromptService`."""

    def __init__(self, prompts: PostgresPrompts, random: Random) -> None:
        self._prompts = prompts
        self._random = random

    async def CreatePrompt(
        self, request: pb.CreatePromptRequest, context: Context
    ) -> pb.CreatePromptResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        values = from_prompt(request.prompt, MUTABLE)
        values["text"] = text_of("text", request.text)
        created = await self._prompts.create(
            PromptName.new(user_id), values, identity(request)
        )
        name = PromptName(user_id, created.id)
        return pb.CreatePromptResponse(prompt=await self._whole(name, created))

    async def GetPrompt(
        self, request: pb.GetPromptRequest, context: Context
    ) -> pb.GetPromptResponse:
        name = owned(request.name)
        found = await self._prompts.get(name)
        return pb.GetPromptResponse(prompt=await self._whole(name, found))

    async def ListPrompts(
        self, request: pb.ListPromptsRequest, context: Context
    ) -> pb.ListPromptsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = by_name(request)
        found = await self._prompts.page(user_id, after=page.after, limit=page.size + 1)
        shown = found[: page.size]
        latest = await self._prompts.latest(user_id, [each.id for each in shown])
        return pb.ListPromptsResponse(
            prompts=[
                to_prompt(PromptName(user_id, each.id), each, latest.get(each.id))
                for each in shown
            ],
            next_page_token=page.next_token(found, place_by_name),
        )

    async def UpdatePrompt(
        self, request: pb.UpdatePromptRequest, context: Context
    ) -> pb.UpdatePromptResponse:
        name = owned(request.prompt.name)
        fields = changed_fields(request.prompt, request.update_mask.paths, MUTABLE)
        change = from_prompt(request.prompt, fields)
        updated = await self._prompts.update(name, change, identity(request))
        return pb.UpdatePromptResponse(prompt=await self._whole(name, updated))

    async def DeletePrompt(
        self, request: pb.DeletePromptRequest, context: Context
    ) -> pb.DeletePromptResponse:
        await self._prompts.delete(
            owned(request.name), identity(request), allow_missing=request.allow_missing
        )
        return pb.DeletePromptResponse()

    async def CreatePromptVersion(
        self, request: pb.CreatePromptVersionRequest, context: Context
    ) -> pb.CreatePromptVersionResponse:
        name, given = owned(request.parent), request.prompt_version
        added = await self._prompts.add_version(
            name,
            text_of("prompt_version.text", given.text),
            weight_of(given.weight),
            identity(request),
        )
        return pb.CreatePromptVersionResponse(prompt_version=to_version(name, added))

    async def ListPromptVersions(
        self, request: pb.ListPromptVersionsRequest, context: Context
    ) -> pb.ListPromptVersionsResponse:
        name = owned(request.parent)
        page = Page.of(request, number)
        (after,) = page.after or (None,)
        found = await self._prompts.versions(name, after=after, limit=page.size + 1)
        return pb.ListPromptVersionsResponse(
            prompt_versions=[to_version(name, each) for each in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.number,)),
        )

    async def UpdatePromptVersion(
        self, request: pb.UpdatePromptVersionRequest, context: Context
    ) -> pb.UpdatePromptVersionResponse:
        name, number = parse_version(request.prompt_version.name)
        require(name.user_id)
        masked(request.update_mask.paths, ("weight",))
        weight = weight_of(request.prompt_version.weight)
        updated = await self._prompts.weigh(name, number, weight, identity(request))
        return pb.UpdatePromptVersionResponse(prompt_version=to_version(name, updated))

    async def RenderPrompt(
        self, request: pb.RenderPromptRequest, context: Context
    ) -> pb.RenderPromptResponse:
        name = owned(request.name)
        if request.version < 0:
            raise InvalidField(field="version", expected="a version's number, or 0")
        number = request.version
        if not number:
            number = chosen(await self._prompts.weights(name), self._random)
        version = await self._prompts.version(name, number)
        values = to_variables("variables", request.variables)
        return pb.RenderPromptResponse(
            text=rendered(version.text, values),
            prompt_version=version_name(name, number),
        )

    async def _whole(self, name: PromptName, prompt: Prompt) -> pb.Prompt:
        """Put a prompt on the wire, with its newest version."""
        latest = await self._prompts.latest(name.user_id, [prompt.id])
        return to_prompt(name, prompt, latest.get(prompt.id))


def owned(name: str) -> PromptName:
    """Read the name of one of the caller's prompts."""
    parsed = PromptName.parse(name)
    require(parsed.user_id)
    return parsed
