"""The generated stubs, for whatever the façade does not offer."""

import grpc

from parley.auth.v1.account_service_pb2_grpc import AccountServiceStub
from parley.auth.v1.key_service_pb2_grpc import KeyServiceStub
from parley.auth.v1.session_service_pb2_grpc import SessionServiceStub
from parley.chat.v1.conversation_service_pb2_grpc import ConversationServiceStub
from parley.chat.v1.message_service_pb2_grpc import MessageServiceStub
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
        self.generation = GenerationServiceStub(channel)
