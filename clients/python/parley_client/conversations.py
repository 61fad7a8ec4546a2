"""Conversations and their messages."""

from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

from parley.chat.v1 import conversation_service_pb2 as pb
from parley.chat.v1 import message_service_pb2 as messages_pb
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_service_pb2 import Message
from parley_client.errors import typed_errors
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Conversations:
    """
    The conversations of who is signed in.

    A conversation is given as itself, by its name or by its id.
    """

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs
        self._session = session

    async def create(self, *, title: str = "") -> Conversation:
        """Create an empty conversation."""
        request = pb.CreateConversationRequest(
            parent=self._session.user,
            conversation=Conversation(title=title),
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

    def list(self) -> AsyncIterator[Conversation]:
        """List all conversations, the latest used first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Conversation], str]:
            request = pb.ListConversationsRequest(parent=user, page_token=token)
            answer = await self._stubs.conversations.ListConversations(request)
            return answer.conversations, answer.next_page_token

        return every(page)

    async def delete(
        self, conversation: Conversation | str, *, allow_missing: bool = False
    ) -> None:
        """Delete a conversation with its messages. Cannot be undone."""
        request = pb.DeleteConversationRequest(
            name=self.name(conversation), allow_missing=allow_missing
        )
        with typed_errors():
            await self._stubs.conversations.DeleteConversation(request)

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
        if isinstance(conversation, Conversation):
            return conversation.name
        if "/" in conversation:
            return conversation
        return f"{self._session.user}/conversations/{conversation}"
