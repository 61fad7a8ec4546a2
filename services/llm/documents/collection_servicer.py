"""The gRPC surface of collections: request in, domain call, response out."""

from typing import Any
from uuid import UUID

from parley.llm.v1 import collection_service_pb2 as pb
from parley.llm.v1 import collection_service_pb2_grpc as pb_grpc
from services.kit.caller import require
from services.kit.masks import changed_fields
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity
from services.llm.documents.model import Collection
from services.llm.documents.ports import Collections
from services.llm.documents.wire import (
    OF_COLLECTION,
    from_collection,
    to_collection,
)
from services.llm.names import CollectionName
from services.llm.wire import reader

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class CollectionServicer(pb_grpc.CollectionServiceServicer):
    """Serves `parley.llm.v1.CollectionService`."""

    def __init__(self, collections: Collections) -> None:
        self._collections = collections

    async def CreateCollection(
        self, request: pb.CreateCollectionRequest, context: Context
    ) -> pb.CreateCollectionResponse:
        (user_id,) = parse_name(request.parent, "users")
        owner = require(user_id)
        created = await self._collections.create(
            CollectionName.new(user_id),
            from_collection(owner, request.collection, OF_COLLECTION),
            identity(request),
        )
        return pb.CreateCollectionResponse(collection=to_collection(created, user_id))

    async def GetCollection(
        self, request: pb.GetCollectionRequest, context: Context
    ) -> pb.GetCollectionResponse:
        name, caller = CollectionName.parse(request.name), reader()
        found = await self._collections.get(name, caller)
        return pb.GetCollectionResponse(collection=to_collection(found, caller.user_id))

    async def ListCollections(
        self, request: pb.ListCollectionsRequest, context: Context
    ) -> pb.ListCollectionsResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, parse_shared, parse_display_name, UUID)
        found = await self._collections.page(
            reader(), after=page.after, limit=page.size + 1
        )

        def key(last: Collection) -> tuple[object, ...]:
            # In hexadecimal, because a name may hold what parts the token.
            shared = last.name.user_id != user_id
            return int(shared), last.display_name.encode().hex(), last.name.id

        return pb.ListCollectionsResponse(
            collections=[to_collection(each, user_id) for each in found[: page.size]],
            next_page_token=page.next_token(found, key),
        )

    async def UpdateCollection(
        self, request: pb.UpdateCollectionRequest, context: Context
    ) -> pb.UpdateCollectionResponse:
        name = CollectionName.parse(request.collection.name)
        owner = require(name.user_id)
        fields = changed_fields(
            request.collection, request.update_mask.paths, OF_COLLECTION
        )
        changed = await self._collections.change(
            name,
            from_collection(owner, request.collection, fields),
            identity(request),
        )
        return pb.UpdateCollectionResponse(
            collection=to_collection(changed, name.user_id)
        )

    async def DeleteCollection(
        self, request: pb.DeleteCollectionRequest, context: Context
    ) -> pb.DeleteCollectionResponse:
        name = CollectionName.parse(request.name)
        require(name.user_id)
        await self._collections.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteCollectionResponse()


def parse_shared(text: str) -> bool:
    """Read of a page token whether the last collection was shared with the user."""
    return ("0", "1").index(text) == 1


def parse_display_name(text: str) -> str:
    """Read a name of a page token."""
    name = bytes.fromhex(text).decode()
    if "\0" in name:
        raise ValueError(text)
    return name
