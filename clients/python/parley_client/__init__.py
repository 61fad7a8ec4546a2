"""The typed client of Parley. Start with `connect`."""

from parley.auth.v1.account_service_pb2 import User
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.folder_service_pb2 import Folder
from parley.chat.v1.message_pb2 import Message, Rating, Role
from parley.chat.v1.search_service_pb2 import SearchMessagesResponse
from parley.chat.v1.share_service_pb2 import Share
from parley.chat.v1.sync_service_pb2 import WatchChangesResponse
from parley.chat.v1.transfer_service_pb2 import ImportJob, RunImportResponse
from parley.chat.v1.usage_service_pb2 import Budget, Charge, UserUsage
from parley.llm.v1.generation_service_pb2 import Model
from parley_client.address import DEFAULT_URL
from parley_client.connection import Parley, connect
from parley_client.conversations import View
from parley_client.credentials import Credential, Credentials, MemoryCredentials
from parley_client.credentials_file import FileCredentials
from parley_client.errors import NotSignedIn, ParleyError, ReplyFailed, typed_errors
from parley_client.events import Accepted, Completed, Delta, Event, Restarted, Stopped
from parley_client.patience import Patience

__all__ = [
    "DEFAULT_URL",
    "Accepted",
    "Budget",
    "Charge",
    "Completed",
    "Conversation",
    "Credential",
    "Credentials",
    "Delta",
    "Event",
    "FileCredentials",
    "Folder",
    "ImportJob",
    "MemoryCredentials",
    "Message",
    "Model",
    "NotSignedIn",
    "Parley",
    "ParleyError",
    "Patience",
    "Rating",
    "ReplyFailed",
    "Restarted",
    "Role",
    "RunImportResponse",
    "SearchMessagesResponse",
    "Share",
    "Stopped",
    "User",
    "UserUsage",
    "View",
    "WatchChangesResponse",
    "connect",
    "typed_errors",
]
