"""Folders, which conversations lie in."""

from collections.abc import AsyncIterator, Iterable
from uuid import uuid4

from parley.chat.v1 import folder_service_pb2 as pb
from parley.chat.v1.folder_service_pb2 import Folder
from parley_client.errors import typed_errors
from parley_client.names import name_of
from parley_client.pages import every
from parley_client.session import Session
from parley_client.stubs import Stubs


class Folders:
    """The folders of who is signed in, given as themselves, by name or by id."""

    def __init__(self, stubs: Stubs, session: Session) -> None:
        self._stubs = stubs.folders
        self._session = session

    async def create(self, display_name: str) -> Folder:
        """Create a folder."""
        request = pb.CreateFolderRequest(
            parent=self._session.user,
            folder=Folder(display_name=display_name),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.CreateFolder(request)).folder

    def list(self) -> AsyncIterator[Folder]:
        """List the folders by their names."""
        user = self._session.user

        async def page(token: str) -> tuple[Iterable[Folder], str]:
            request = pb.ListFoldersRequest(parent=user, page_token=token)
            answer = await self._stubs.ListFolders(request)
            return answer.folders, answer.next_page_token

        return every(page)

    async def rename(self, folder: Folder | str, display_name: str) -> Folder:
        """Give a folder another name."""
        request = pb.UpdateFolderRequest(
            folder=Folder(name=self._name(folder), display_name=display_name),
            request_id=str(uuid4()),
        )
        with typed_errors():
            return (await self._stubs.UpdateFolder(request)).folder

    async def delete(
        self, folder: Folder | str, *, allow_missing: bool = False
    ) -> None:
        """Delete a folder; its conversations stay."""
        request = pb.DeleteFolderRequest(
            name=self._name(folder),
            allow_missing=allow_missing,
            request_id=str(uuid4()),
        )
        with typed_errors():
            await self._stubs.DeleteFolder(request)

    def _name(self, folder: Folder | str) -> str:
        return name_of(folder, f"{self._session.user}/folders")
