"""Assistants: instructions, a model, knowledge and tools under one name."""

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import assistant_service_pb2 as pb
from parley.llm.v1.assistant_service_pb2 import Assistant
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Assistants:
    """The assistants of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.assistants
        self._session = session

    async def create(self, assistant: Assistant) -> Assistant:
        """Create an assistant, all but whose `display_name` may be left out."""
        request = pb.CreateAssistantRequest(
            parent=self._session.user,
            assistant=assistant,
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateAssistant(request)).assistant

    async def get(self, assistant: Assistant | str) -> Assistant:
        """Get an assistant."""
        request = pb.GetAssistantRequest(name=self.name(assistant))
        with typed_errors():
            return (await self._stubs.GetAssistant(request)).assistant

    def list(self) -> AsyncIterator[Assistant]:
        """List the assistants by their names."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Assistant], str]:
            request = pb.ListAssistantsRequest(parent=user, page_token=token)
            answer = await self._stubs.ListAssistants(request)
            return answer.assistants, answer.next_page_token

        return every(page)

    async def update(self, assistant: Assistant, fields: Sequence[str]) -> Assistant:
        """Change these fields of an assistant to what they are here."""
        request = pb.UpdateAssistantRequest(
            assistant=assistant,
            update_mask=FieldMask(paths=fields),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateAssistant(request)).assistant

    async def delete(
        self, assistant: Assistant | str, *, allow_missing: bool = False
    ) -> None:
        """Delete an assistant; what it knew stays."""
        request = pb.DeleteAssistantRequest(
            name=self.name(assistant),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteAssistant(request)

    def name(self, assistant: Assistant | str) -> str:
        """Return the resource name."""
        return name_of(assistant, f"{self._session.user}/assistants")
