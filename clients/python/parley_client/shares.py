"""Links that show a conversation to others."""

from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from uuid import uuid4

from parley.chat.v1 import share_service_pb2 as pb
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.share_service_pb2 import GetSharedConversationResponse, Share
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs
from parley_client.times import timestamp


class Shares:
    """The links of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session, *, url: str) -> None:
        self._stubs = stubs.shares
        self._session = session
        self._url = url

    async def create(
        self,
        conversation: Conversation | str,
        *,
        title: str = "",
        signed_in_only: bool = False,
        expires: datetime | None = None,
    ) -> Share:
        """Make a link to what the conversation's branch that is shown says now."""
        user = self._session.user
        request = pb.CreateShareRequest(
            parent=user,
            share=Share(
                conversation=name_of(conversation, f"{user}/conversations"),
                title=title,
                signed_in_only=signed_in_only,
                expire_time=timestamp(expires),
            ),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateShare(request)).share

    def list(self) -> AsyncIterator[Share]:
        """List the links, the newest first."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Share], str]:
            request = pb.ListSharesRequest(parent=user, page_token=token)
            answer = await self._stubs.ListShares(request)
            return answer.shares, answer.next_page_token

        return every(page)

    async def revoke(self, share: Share | str, *, allow_missing: bool = False) -> None:
        """Have a link lead nowhere from now on."""
        request = pb.DeleteShareRequest(
            name=name_of(share, f"{self._session.user}/shares"),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteShare(request)

    async def open(self, token: str) -> GetSharedConversationResponse:
        """Get what a link leads to; most need nobody who is signed in."""
        request = pb.GetSharedConversationRequest(token=token)
        with typed_errors():
            return await self._stubs.GetSharedConversation(request)

    def link(self, share: Share) -> str:
        """Return what to give to others."""
        return f"{self._url}/shared#{share.token}"
