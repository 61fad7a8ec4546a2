"""The generated stubs, for whatever the façade does not offer."""

import grpc

from parley.auth.v1.account_service_pb2_grpc import AccountServiceStub
from parley.auth.v1.key_service_pb2_grpc import KeyServiceStub
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
from parley.llm.v1.generation_service_pb2_grpc import GenerationServiceStub


class Stubs:
    """
    Every service of Parley, called with the session's access token.

    They fail with `grpc.aio.AioRpcError`; `typed_errors()` makes that `ParleyError`.
    """

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.accounts = AccountServiceStub(channel)
        self.sessions = SessionServiceStub(channel)
        self.keys = KeyServiceStub(channel)
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
