"""The gRPC surface of links: request in, domain call, response out."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from parley.chat.v1 import share_service_pb2 as pb
from parley.chat.v1 import share_service_pb2_grpc as pb_grpc
from services.chat.conversations.model import MAX_TITLE
from services.chat.names import ConversationName, ShareName
from services.chat.shares.links import Links
from services.chat.shares.model import Wanted, new_token, within_a_year
from services.chat.shares.ports import Shares
from services.chat.shares.wire import to_share, to_shown
from services.kit import fields
from services.kit.addresses import client_address
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity
from services.kit.times import moment

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class ShareServicer(pb_grpc.ShareServiceServicer):
    """Serves `parley.chat.v1.ShareService`."""

    def __init__(self, shares: Shares, links: Links) -> None:
        self._shares = shares
        self._links = links

    async def CreateShare(
        self, request: pb.CreateShareRequest, context: Context
    ) -> pb.CreateShareResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        conversation = ConversationName.parse(request.share.conversation)
        require(conversation.user_id)
        wanted = Wanted(
            conversation=conversation,
            title=fields.text("share.title", request.share.title, maximum=MAX_TITLE),
            signed_in_only=request.share.signed_in_only,
            expire_time=expire_time(request.share),
            request=identity(request),
        )
        name = ShareName.new(user_id)
        created = await self._shares.create(name, new_token(), wanted)
        return pb.CreateShareResponse(share=to_share(user_id, created))

    async def ListShares(
        self, request: pb.ListSharesRequest, context: Context
    ) -> pb.ListSharesResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, UUID)
        (after,) = page.after or (None,)
        found = await self._shares.page(user_id, after=after, limit=page.size + 1)
        return pb.ListSharesResponse(
            shares=[to_share(user_id, share) for share in found[: page.size]],
            next_page_token=page.next_token(found, lambda last: (last.id,)),
        )

    async def DeleteShare(
        self, request: pb.DeleteShareRequest, context: Context
    ) -> pb.DeleteShareResponse:
        name = ShareName.parse(request.name)
        require(name.user_id)
        await self._shares.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteShareResponse()

    async def GetSharedConversation(
        self, request: pb.GetSharedConversationRequest, context: Context
    ) -> pb.GetSharedConversationResponse:
        found = await self._links.follow(request.token, address=client_address(context))
        return to_shown(found)


def expire_time(share: pb.Share) -> datetime | None:
    """Read when a link is to end, if it is."""
    if not share.HasField("expire_time"):
        return None
    ends = moment("share.expire_time", share.expire_time)
    return within_a_year(ends, datetime.now(UTC))
