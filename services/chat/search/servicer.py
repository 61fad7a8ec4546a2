"""The gRPC surface of search: request in, domain call, response out."""

import asyncio
from typing import Any
from uuid import UUID

from parley.chat.v1 import search_service_pb2 as pb
from parley.chat.v1 import search_service_pb2_grpc as pb_grpc
from services.chat.search import model
from services.chat.search.model import Query, Search
from services.chat.search.ports import Index
from services.chat.search.snippets import Highlighter
from services.chat.search.wire import moment, only, search_of, time_of, to_hit
from services.chat.usage.rates import RateLimiter
from services.kit import fields
from services.kit.caller import require
from services.kit.names import parse_name
from services.kit.pages import Page

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class SearchServicer(pb_grpc.SearchServiceServicer):
    """Serves `parley.chat.v1.SearchService`."""

    def __init__(self, index: Index, limiter: RateLimiter) -> None:
        self._index = index
        self._limiter = limiter

    async def SearchMessages(
        self, request: pb.SearchMessagesRequest, context: Context
    ) -> pb.SearchMessagesResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        left = await self._limiter.take(user_id)
        text = fields.text("query", request.query, minimum=1, maximum=model.MAX_QUERY)
        search = Search(
            user_id=user_id,
            query=Query.parse(text),
            start_time=time_of(request, "start_time"),
            end_time=time_of(request, "end_time"),
            model=fields.text("model", request.model, maximum=model.MAX_MODEL),
        )
        # A token of another search, or of another user's, is none of this one's.
        page = Page.of(
            request,
            only(mark := search_of(request)),
            moment,
            UUID,
            default=model.DEFAULT_PAGE,
            maximum=model.MAX_PAGE,
        )
        results = await self._index.find(
            search, after=page.after and page.after[1:], limit=page.size + 1
        )
        highlighter = Highlighter(results.phrases, open_end=search.query.open_end)
        hits = []
        for found in results.found[: page.size]:
            hits.append(to_hit(found, highlighter.snippet(found.text)))
            # Others get their turn between two texts, which may be long.
            await asyncio.sleep(0)
        await context.send_initial_metadata(left.headers)
        return pb.SearchMessagesResponse(
            hits=hits,
            next_page_token=page.next_token(
                results.found,
                lambda last: (mark, last.create_time.isoformat(), last.name.id),
            ),
        )
