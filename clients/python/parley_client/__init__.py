"""The typed client of Parley. Start with `connect`."""

from parley.auth.v1.account_service_pb2 import User
from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_service_pb2 import Message, Role
from parley.llm.v1.generation_service_pb2 import Model
from parley_client.address import DEFAULT_URL
from parley_client.connection import Parley, connect
from parley_client.credentials import Credential, Credentials, MemoryCredentials
from parley_client.credentials_file import FileCredentials
from parley_client.errors import NotSignedIn, ParleyError, ReplyFailed, typed_errors
from parley_client.events import Accepted, Completed, Delta, Event, Stopped
from parley_client.replies import Patience

__all__ = [
    "DEFAULT_URL",
    "Accepted",
    "Completed",
    "Conversation",
    "Credential",
    "Credentials",
    "Delta",
    "Event",
    "FileCredentials",
    "MemoryCredentials",
    "Message",
    "Model",
    "NotSignedIn",
    "Parley",
    "ParleyError",
    "Patience",
    "ReplyFailed",
    "Role",
    "Stopped",
    "User",
    "connect",
    "typed_errors",
]
