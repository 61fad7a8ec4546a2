"""The RPCs that the tests call, and requests for them."""

from uuid import uuid4

from google.protobuf.empty_pb2 import Empty

from parley.auth.v1 import account_service_pb2, session_service_pb2
from parley.chat.v1 import conversation_service_pb2, message_service_pb2
from parley.llm.v1 import generation_service_pb2
from tests.edge.protocols import Rpc
from tests.edge.tokens import USER

NAME = f"users/{USER}/conversations/{uuid4()}"

CREATE_USER = Rpc(
    "/parley.auth.v1.AccountService/CreateUser",
    "POST",
    "/v1/users",
    account_service_pb2.CreateUserResponse,
)
REFRESH = Rpc(
    "/parley.auth.v1.SessionService/RefreshSession",
    "POST",
    "/v1/sessions:refresh",
    session_service_pb2.RefreshSessionResponse,
)
GET = Rpc(
    "/parley.chat.v1.ConversationService/GetConversation",
    "GET",
    "/v1/{name}",
    conversation_service_pb2.GetConversationResponse,
)
SEND = Rpc(
    "/parley.chat.v1.MessageService/SendMessage",
    "POST",
    "/v1/{parent}/messages:send",
    message_service_pb2.SendMessageResponse,
    streams=True,
)
GENERATE = Rpc(
    "/parley.llm.v1.GenerationService/Generate",
    "POST",
    "/v1/models:generate",
    generation_service_pb2.GenerateResponse,
    streams=True,
)
LIST_MODELS = Rpc(
    "/parley.llm.v1.GenerationService/ListModels",
    "GET",
    "/v1/models",
    generation_service_pb2.ListModelsResponse,
)
UNKNOWN = Rpc("/parley.chat.v1.MessageService/Unsend", "POST", "/v1/unsend", Empty)

USER_TO_BE = account_service_pb2.User(email="ann@example.com")
NEW_USER = account_service_pb2.CreateUserRequest(
    user=USER_TO_BE, password="correct horse"
)
ASK = message_service_pb2.SendMessageRequest(parent=NAME, text="Hello?")
ASK_FOR_IT = conversation_service_pb2.GetConversationRequest(name=NAME)
ASK_A_MODEL = generation_service_pb2.GenerateRequest(
    turns=[
        generation_service_pb2.Turn(
            role=generation_service_pb2.ROLE_USER, text="Hello?"
        )
    ]
)
HUGE = message_service_pb2.SendMessageRequest(parent=NAME, text="x" * 1_000_000)
REFRESH_IT = session_service_pb2.RefreshSessionRequest()
EMPTY = Empty()
