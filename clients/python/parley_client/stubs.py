"""The generated stubs, for whatever the façade does not offer."""

import grpc

from parley.auth.v1.account_service_pb2_grpc import AccountServiceStub
from parley.auth.v1.admin_service_pb2_grpc import AdminServiceStub
from parley.auth.v1.api_key_service_pb2_grpc import ApiKeyServiceStub
from parley.auth.v1.audit_service_pb2_grpc import AuditServiceStub
from parley.auth.v1.credential_service_pb2_grpc import CredentialServiceStub
from parley.auth.v1.device_service_pb2_grpc import DeviceServiceStub
from parley.auth.v1.group_service_pb2_grpc import GroupServiceStub
from parley.auth.v1.invitation_service_pb2_grpc import InvitationServiceStub
from parley.auth.v1.key_service_pb2_grpc import KeyServiceStub
from parley.auth.v1.policy_service_pb2_grpc import PolicyServiceStub
from parley.auth.v1.role_service_pb2_grpc import RoleServiceStub
from parley.auth.v1.session_service_pb2_grpc import SessionServiceStub
from parley.chat.v1.conversation_service_pb2_grpc import ConversationServiceStub
from parley.chat.v1.erasure_service_pb2_grpc import ErasureServiceStub
from parley.chat.v1.folder_service_pb2_grpc import FolderServiceStub
from parley.chat.v1.message_service_pb2_grpc import MessageServiceStub
from parley.chat.v1.search_service_pb2_grpc import SearchServiceStub
from parley.chat.v1.share_service_pb2_grpc import ShareServiceStub
from parley.chat.v1.sync_service_pb2_grpc import SyncServiceStub
from parley.chat.v1.transfer_service_pb2_grpc import TransferServiceStub
from parley.chat.v1.usage_service_pb2_grpc import UsageServiceStub
from parley.llm.v1.assistant_service_pb2_grpc import AssistantServiceStub
from parley.llm.v1.collection_service_pb2_grpc import CollectionServiceStub
from parley.llm.v1.document_service_pb2_grpc import DocumentServiceStub
from parley.llm.v1.embedding_service_pb2_grpc import EmbeddingServiceStub
from parley.llm.v1.erasure_service_pb2_grpc import (
    ErasureServiceStub as KnowledgeErasureServiceStub,
)
from parley.llm.v1.generation_service_pb2_grpc import GenerationServiceStub
from parley.llm.v1.image_service_pb2_grpc import ImageServiceStub
from parley.llm.v1.memory_service_pb2_grpc import MemoryServiceStub
from parley.llm.v1.prompt_service_pb2_grpc import PromptServiceStub
from parley.llm.v1.speech_service_pb2_grpc import SpeechServiceStub
from parley.llm.v1.tool_service_pb2_grpc import ToolServiceStub


class Stubs:
    """
    Every service of Parley, called with the session's access token.

    They fail with `grpc.aio.AioRpcError`; `typed_errors()` makes that `ParleyError`.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.accounts = AccountServiceStub(channel)
        self.credentials = CredentialServiceStub(channel)
        self.sessions = SessionServiceStub(channel)
        self.keys = KeyServiceStub(channel)
        self.admin = AdminServiceStub(channel)
        self.roles = RoleServiceStub(channel)
        self.groups = GroupServiceStub(channel)
        self.invitations = InvitationServiceStub(channel)
        self.policy = PolicyServiceStub(channel)
        self.api_keys = ApiKeyServiceStub(channel)
        self.devices = DeviceServiceStub(channel)
        self.audit = AuditServiceStub(channel)
        self.conversations = ConversationServiceStub(channel)
        self.messages = MessageServiceStub(channel)
        self.folders = FolderServiceStub(channel)
        self.searches = SearchServiceStub(channel)
        self.shares = ShareServiceStub(channel)
        self.transfer = TransferServiceStub(channel)
        self.usage = UsageServiceStub(channel)
        self.sync = SyncServiceStub(channel)
        self.erasure = ErasureServiceStub(channel)
        self.generation = GenerationServiceStub(channel)
        self.collections = CollectionServiceStub(channel)
        self.documents = DocumentServiceStub(channel)
        self.prompts = PromptServiceStub(channel)
        self.assistants = AssistantServiceStub(channel)
        self.memories = MemoryServiceStub(channel)
        self.tools = ToolServiceStub(channel)
        self.embeddings = EmbeddingServiceStub(channel)
        self.speech = SpeechServiceStub(channel)
        self.images = ImageServiceStub(channel)
        self.knowledge_erasure = KnowledgeErasureServiceStub(channel)
