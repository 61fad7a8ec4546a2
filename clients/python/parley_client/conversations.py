"""Conversations and their messages."""

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Literal
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import message_service_pb2 as messages_pb
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.folder_service_pb2 import Folder
from parley.chat.v1.message_pb2 import Message
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs

View = Literal["current", "archived", "deleted", "pinned"]
VIEWS = {
    "current": pb.ListConversationsRequest.VIEW_UNSPECIFIED,
    "archived": pb.ListConversationsRequest.VIEW_ARCHIVED,
    "deleted": pb.ListConversationsRequest.VIEW_DELETED,
    "pinned": pb.ListConversationsRequest.VIEW_PINNED,
}


class Conversations:
    """
    The conversations of who is signed in.

    A conversation is given as itself, by its name or by its id; so is a folder.
    """

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs
        self._session = session

    async def create(self, *, title: str = "", temporary: bool = False) -> Conversation:
        """Create an empty conversation; a temporary one is never listed."""
        request = pb.CreateConversationRequest(
            parent=self._session.user,
            conversation=Conversation(title=title, temporary=temporary),
            request_id=str(uuid4()),
        )
        with typed_errors():
            created = await self._stubs.conversations.CreateConversation(request)
        return created.conversation

    async def get(self, conversation: Conversation | str) -> Conversation:
        """Get a conversation, without its messages."""
        request = pb.GetConversationRequest(name=self.name(conversation))
        with typed_errors():
            found = await self._stubs.conversations.GetConversation(request)
        return found.conversation

    def list(
        self, view: View = "current", *, folder: Folder | str = "", tag: str = ""
    ) -> AsyncIterator[Conversation]:
        """List conversations, the pinned ones and then the latest used first."""
        user = self._session.user
        lying_in = name_of(folder, f"{user}/folders") if folder else ""

        async def page(token: str) -> tuple[Iterable[Conversation], str]:
            request = pb.ListConversationsRequest(
                parent=user,
                page_token=token,
                view=VIEWS[view],
                folder=lying_in,
                tag=tag,
            )
            answer = await self._stubs.conversations.ListConversations(request)
            return answer.conversations, answer.next_page_token

        return every(page)

    async def update(
        self,
        conversation: Conversation | str,
        *,
        title: str | None = None,
        tags: Sequence[str] | None = None,
        pinned: bool | None = None,
        archived: bool | None = None,
        folder: Folder | str | None = None,
        current_message: Message | str | None = None,
    ) -> Conversation:
        """Change what is given; the folder "" takes it out of any."""
        given = {
            "title": title,
            "tags": tags,
            "pinned": pinned,
            "archived": archived,
            "folder": folder,
            "current_message": current_message,
        }
        folders = f"{self._session.user}/folders"
        request = pb.UpdateConversationRequest(
            conversation=Conversation(
                name=self.name(conversation),
                title=title or "",
                tags=tags or (),
                pinned=bool(pinned),
                archived=bool(archived),
                folder=name_of(folder, folders) if folder else "",
                current_message=name_of(current_message, "") if current_message else "",
            ),
            update_mask=FieldMask(
                paths=[field for field, value in given.items() if value is not None]
            ),
            request_id=str(uuid4()),
        )
        with typed_errors():
            updated = await self._stubs.conversations.UpdateConversation(request)
        return updated.conversation

    async def delete(
        self, conversation: Conversation | str, *, allow_missing: bool = False
    ) -> Conversation | None:
        """
        Delete a conversation with its messages; return it if it can be had back.

        Only a temporary one cannot, and any other after 30 days.
        """
        request = pb.DeleteConversationRequest(
            name=self.name(conversation),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            deleted = await self._stubs.conversations.DeleteConversation(request)
        return deleted.conversation if deleted.HasField("conversation") else None

    async def undelete(self, conversation: Conversation | str) -> Conversation:
        """Bring a deleted conversation back."""
        request = pb.UndeleteConversationRequest(
            name=self.name(conversation), request_id=str(uuid4())
        )
        with typed_errors():
            back = await self._stubs.conversations.UndeleteConversation(request)
        return back.conversation

    def messages(self, conversation: Conversation | str) -> AsyncIterator[Message]:
        """List the messages of a conversation, all branches, oldest first."""
        name = self.name(conversation)

        async def page(token: str) -> tuple[Iterable[Message], str]:
            request = messages_pb.ListMessagesRequest(parent=name, page_token=token)
            answer = await self._stubs.messages.ListMessages(request)
            return answer.messages, answer.next_page_token

        return every(page)

    def name(self, conversation: Conversation | str) -> str:
        """Return the resource name."""
        if not isinstance(conversation, str):
            return conversation.name
        if "/" in conversation:
            return conversation
        return name_of(conversation, f"{self._session.user}/conversations")
