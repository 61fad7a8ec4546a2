"""Collections, which documents lie in and which can be shared."""

from collections.abc import AsyncIterator, Iterable, Sequence
from uuid import uuid4

from google.protobuf.field_mask_pb2 import FieldMask

from parley.llm.v1 import collection_service_pb2 as pb
from parley.llm.v1.collection_service_pb2 import Collection
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Collections:
    """The collections of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.collections
        self._session = session

    async def create(self, display_name: str, *, description: str = "") -> Collection:
        """Create a collection."""
        request = pb.CreateCollectionRequest(
            parent=self._session.user,
            collection=Collection(display_name=display_name, description=description),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateCollection(request)).collection

    async def get(self, collection: Collection | str) -> Collection:
        """Get a collection, one's own or shared."""
        request = pb.GetCollectionRequest(name=self.name(collection))
        with typed_errors():
            return (await self._stubs.GetCollection(request)).collection

    def list(self) -> AsyncIterator[Collection]:
        """List one's own collections, then those that others share, each by name."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Collection], str]:
            request = pb.ListCollectionsRequest(parent=user, page_token=token)
            answer = await self._stubs.ListCollections(request)
            return answer.collections, answer.next_page_token

        return every(page)

    async def update(
        self,
        collection: Collection | str,
        *,
        display_name: str | None = None,
        description: str | None = None,
        readers: Sequence[str] | None = None,
    ) -> Collection:
        """
        Change what is given.

        `readers` are all who may read it: users by name or id, and groups
        as groups/{group}.
        """
        given = {
            "display_name": display_name,
            "description": description,
            "readers": readers,
        }
        request = pb.UpdateCollectionRequest(
            collection=Collection(
                name=self.name(collection),
                display_name=display_name or "",
                description=description or "",
                readers=[name_of(reader, "users") for reader in readers or ()],
            ),
            update_mask=FieldMask(
                paths=[field for field, value in given.items() if value is not None]
            ),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateCollection(request)).collection

    async def delete(
        self, collection: Collection | str, *, allow_missing: bool = False
    ) -> None:
        """Delete a collection and all documents in it."""
        request = pb.DeleteCollectionRequest(
            name=self.name(collection),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteCollection(request)

    def name(self, collection: Collection | str) -> str:
        """Return the resource name."""
        return name_of(collection, f"{self._session.user}/collections")
