"""Prompts: instructions with variables, in versions."""

from collections.abc import AsyncIterator, Iterable, Mapping
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import prompt_service_pb2 as pb
from parley.llm.v1.prompt_service_pb2 import (
    Prompt,
    PromptVersion,
    RenderPromptResponse,
)
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Prompts:
    """The prompts of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.prompts
        self._session = session

    async def create(
        self, display_name: str, text: str, *, description: str = ""
    ) -> Prompt:
        """Create a prompt with its first version."""
        request = pb.CreatePromptRequest(
            parent=self._session.user,
            prompt=Prompt(display_name=display_name, description=description),
            text=text,
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreatePrompt(request)).prompt

    async def get(self, prompt: Prompt | str) -> Prompt:
        """Get a prompt with its newest version."""
        request = pb.GetPromptRequest(name=self.name(prompt))
        with typed_errors():
            return (await self._stubs.GetPrompt(request)).prompt

    def list(self) -> AsyncIterator[Prompt]:
        """List the prompts by their names."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Prompt], str]:
            request = pb.ListPromptsRequest(parent=user, page_token=token)
            answer = await self._stubs.ListPrompts(request)
            return answer.prompts, answer.next_page_token

        return every(page)

    async def update(
        self,
        prompt: Prompt | str,
        *,
        display_name: str | None = None,
        description: str | None = None,
    ) -> Prompt:
        """Change what is given; the text changes by a new version."""
        given = {"display_name": display_name, "description": description}
        request = pb.UpdatePromptRequest(
            prompt=Prompt(
                name=self.name(prompt),
                display_name=display_name or "",
                description=description or "",
            ),
            update_mask=FieldMask(
                paths=[field for field, value in given.items() if value is not None]
            ),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdatePrompt(request)).prompt

    async def delete(
        self, prompt: Prompt | str, *, allow_missing: bool = False
    ) -> None:
        """Delete a prompt and its versions."""
        request = pb.DeletePromptRequest(
            name=self.name(prompt),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeletePrompt(request)

    async def add_version(
        self, prompt: Prompt | str, text: str, *, weight: int = 0
    ) -> PromptVersion:
        """Add a version, which is the newest then."""
        request = pb.CreatePromptVersionRequest(
            parent=self.name(prompt),
            prompt_version=PromptVersion(text=text, weight=weight),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreatePromptVersion(request)).prompt_version

    def versions(self, prompt: Prompt | str) -> AsyncIterator[PromptVersion]:
        """List the versions of a prompt, newest first."""
        name = self.name(prompt)

        async def page(token: str) -> tuple[Iterable[PromptVersion], str]:
            request = pb.ListPromptVersionsRequest(parent=name, page_token=token)
            answer = await self._stubs.ListPromptVersions(request)
            return answer.prompt_versions, answer.next_page_token

        return every(page)

    async def weigh(
        self, prompt: Prompt | str, version: int, weight: int
    ) -> PromptVersion:
        """Have a version chosen in proportion to its weight; 0 is never."""
        request = pb.UpdatePromptVersionRequest(
            prompt_version=PromptVersion(
                name=f"{self.name(prompt)}/versions/{version}", weight=weight
            ),
            # Said, because a weight of 0 looks as if there were none.
            update_mask=FieldMask(paths=["weight"]),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdatePromptVersion(request)).prompt_version

    async def render(
        self,
        prompt: Prompt | str,
        variables: Mapping[str, str] | None = None,
        *,
        version: int = 0,
    ) -> RenderPromptResponse:
        """Get what a prompt says, of a version or of one that is chosen by weight."""
        request = pb.RenderPromptRequest(
            name=self.name(prompt), variables=variables, version=version
        )
        with typed_errors():
            return await self._stubs.RenderPrompt(request)

    def name(self, prompt: Prompt | str) -> str:
        """Return the resource name."""
        return name_of(prompt, f"{self._session.user}/prompts")
