"""The typed client of Parley. Start with `connect`."""

from parley.auth.v1.account_service_pb2 import User
from parley.auth.v1.api_key_service_pb2 import ApiKey
from parley.auth.v1.verification_pb2 import Verification
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.folder_service_pb2 import Folder
from parley.chat.v1.message_pb2 import Message, Rating, Role
from parley.chat.v1.search_service_pb2 import SearchMessagesResponse
from parley.chat.v1.share_service_pb2 import Share
from parley.chat.v1.sync_service_pb2 import WatchChangesResponse
from parley.chat.v1.transfer_service_pb2 import ImportJob, RunImportResponse
from parley.chat.v1.usage_service_pb2 import Budget, Charge, UserUsage
from parley.llm.v1.assistant_service_pb2 import Assistant
from parley.llm.v1.collection_service_pb2 import Collection
from parley.llm.v1.document_pb2 import Document, DocumentPage, Passage
from parley.llm.v1.generation_pb2 import (
    Citation,
    GenerationOptions,
    Knowledge,
    Retrieval,
    ToolCall,
)
from parley.llm.v1.generation_service_pb2 import CountTokensResponse, Model
from parley.llm.v1.memory_service_pb2 import Memory
from parley.llm.v1.prompt_service_pb2 import Prompt, PromptVersion
from parley.llm.v1.tool_service_pb2 import Tool
from parley_client.address import DEFAULT_URL
from parley_client.connection import Parley, connect
from parley_client.conversations import View
from parley_client.credentials import Credential, Credentials, MemoryCredentials
from parley_client.credentials_file import FileCredentials
from parley_client.devices import DeviceSignIn
from parley_client.errors import (
    DocumentFailed,
    NotSignedIn,
    ParleyError,
    ReplyFailed,
    typed_errors,
)
from parley_client.events import (
    Accepted,
    Cited,
    Completed,
    Delta,
    Event,
    Reasoning,
    Restarted,
    Searched,
    Stopped,
    ToolCalled,
)
from parley_client.patience import Patience
from parley_client.second_factor import SecondFactorNeeded

__all__ = [
    "DEFAULT_URL",
    "Accepted",
    "ApiKey",
    "Assistant",
    "Budget",
    "Charge",
    "Citation",
    "Cited",
    "Collection",
    "Completed",
    "Conversation",
    "CountTokensResponse",
    "Credential",
    "Credentials",
    "Delta",
    "DeviceSignIn",
    "Document",
    "DocumentFailed",
    "DocumentPage",
    "Event",
    "FileCredentials",
    "Folder",
    "GenerationOptions",
    "ImportJob",
    "Knowledge",
    "Memory",
    "MemoryCredentials",
    "Message",
    "Model",
    "NotSignedIn",
    "Parley",
    "ParleyError",
    "Passage",
    "Patience",
    "Prompt",
    "PromptVersion",
    "Rating",
    "Reasoning",
    "ReplyFailed",
    "Restarted",
    "Retrieval",
    "Role",
    "RunImportResponse",
    "SearchMessagesResponse",
    "Searched",
    "SecondFactorNeeded",
    "Share",
    "Stopped",
    "Tool",
    "ToolCall",
    "ToolCalled",
    "User",
    "UserUsage",
    "Verification",
    "View",
    "WatchChangesResponse",
    "connect",
    "typed_errors",
]
