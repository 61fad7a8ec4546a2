"""The gRPC surface of folders: request in, domain call, response out."""

from typing import Any
from uuid import UUID

from parley.chat.v1 import folder_service_pb2 as pb
from parley.chat.v1 import folder_service_pb2_grpc as pb_grpc
from services.chat.conversations.model import MAX_FOLDER_NAME
from services.chat.conversations.ports import Folders
from services.chat.conversations.wire import to_folder
from services.chat.names import FolderName
from services.kit.caller import require
from services.kit.lines import one_line
from services.kit.masks import masked
from services.kit.names import parse_name
from services.kit.pages import Page
from services.kit.requests.wire import identity

Context = Any  # grpc.aio.ServicerContext is generic only in its stubs


class FolderServicer(pb_grpc.FolderServiceServicer):
    """Serves `parley.chat.v1.FolderService`."""

    def __init__(self, folders: Folders) -> None:
        self._folders = folders

    async def CreateFolder(
        self, request: pb.CreateFolderRequest, context: Context
    ) -> pb.CreateFolderResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        created = await self._folders.create(
            FolderName.new(user_id), display_name(request.folder), identity(request)
        )
        return pb.CreateFolderResponse(folder=to_folder(user_id, created))

    async def ListFolders(
        self, request: pb.ListFoldersRequest, context: Context
    ) -> pb.ListFoldersResponse:
        (user_id,) = parse_name(request.parent, "users")
        require(user_id)
        page = Page.of(request, parse_display_name, UUID)
        found = await self._folders.page(user_id, after=page.after, limit=page.size + 1)
        return pb.ListFoldersResponse(
            folders=[to_folder(user_id, folder) for folder in found[: page.size]],
            # In hexadecimal, because a name may hold what parts the token.
            next_page_token=page.next_token(
                found, lambda last: (last.display_name.encode().hex(), last.id)
            ),
        )

    async def UpdateFolder(
        self, request: pb.UpdateFolderRequest, context: Context
    ) -> pb.UpdateFolderResponse:
        name = FolderName.parse(request.folder.name)
        require(name.user_id)
        masked(request.update_mask.paths, ("display_name",))
        renamed = await self._folders.rename(
            name, display_name(request.folder), identity(request)
        )
        return pb.UpdateFolderResponse(folder=to_folder(name.user_id, renamed))

    async def DeleteFolder(
        self, request: pb.DeleteFolderRequest, context: Context
    ) -> pb.DeleteFolderResponse:
        name = FolderName.parse(request.name)
        require(name.user_id)
        await self._folders.delete(
            name, identity(request), allow_missing=request.allow_missing
        )
        return pb.DeleteFolderResponse()


def display_name(folder: pb.Folder) -> str:
    """Read what a folder is to be called."""
    return one_line(
        "folder.display_name", folder.display_name, minimum=1, maximum=MAX_FOLDER_NAME
    )


def parse_display_name(text: str) -> str:
    """Read a name of a page token."""
    name = bytes.fromhex(text).decode()
    if "\0" in name:
        raise ValueError(text)
    return name
