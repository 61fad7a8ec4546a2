"""The RPCs that the tests call, and requests for them."""

from uuid import uuid4

from google.protobuf.empty_pb2 import Empty

from parley.auth.v1 import (
    account_service_pb2,
    api_key_service_pb2,
    session_service_pb2,
)
from parley.chat.v1 import (
    conversation_service_pb2,
    message_service_pb2,
    share_service_pb2,
    transfer_service_pb2,
)
from parley.llm.v1 import (
    document_service_pb2,
    generation_pb2,
    generation_service_pb2,
    speech_service_pb2,
)
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
EXCHANGE = Rpc(
    "/parley.auth.v1.ApiKeyService/ExchangeApiKey",
    "POST",
    "/v1/apiKeys:exchange",
    api_key_service_pb2.ExchangeApiKeyResponse,
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
    generation_pb2.GenerateResponse,
    streams=True,
)
LIST_MODELS = Rpc(
    "/parley.llm.v1.GenerationService/ListModels",
    "GET",
    "/v1/models",
    generation_service_pb2.ListModelsResponse,
)
CREATE = Rpc(
    "/parley.chat.v1.ConversationService/CreateConversation",
    "POST",
    "/v1/{parent}/conversations",
    conversation_service_pb2.CreateConversationResponse,
)
UPDATE = Rpc(
    "/parley.chat.v1.ConversationService/UpdateConversation",
    "PATCH",
    f"/v1/{NAME}",
    conversation_service_pb2.UpdateConversationResponse,
)
RESUME = Rpc(
    "/parley.chat.v1.MessageService/ResumeReply",
    "GET",
    "/v1/{name}:resume",
    message_service_pb2.ResumeReplyResponse,
    streams=True,
)
GET_SHARED = Rpc(
    "/parley.chat.v1.ShareService/GetSharedConversation",
    "POST",
    "/v1/shared:get",
    share_service_pb2.GetSharedConversationResponse,
)
EXPORT = Rpc(
    "/parley.chat.v1.TransferService/ExportConversations",
    "POST",
    "/v1/{parent}/conversations:export",
    transfer_service_pb2.ExportConversationsResponse,
    streams=True,
)
UPLOAD = Rpc(
    "/parley.chat.v1.TransferService/UploadImport",
    "POST",
    "/v1/{name}:upload",
    transfer_service_pb2.UploadImportResponse,
)
APPEND = Rpc(
    "/parley.llm.v1.DocumentService/AppendDocument",
    "POST",
    "/v1/{name}:append",
    document_service_pb2.AppendDocumentResponse,
)
UPLOAD_DOCUMENT = Rpc(
    "/parley.llm.v1.DocumentService/UploadDocument",
    "POST",
    f"/v1/users/{USER}/documents:upload",
    document_service_pb2.UploadDocumentResponse,
    streams=True,
)
TRANSCRIBE = Rpc(
    "/parley.llm.v1.SpeechService/TranscribeSpeech",
    "POST",
    "/v1/speech:transcribe",
    speech_service_pb2.TranscribeSpeechResponse,
)
UNKNOWN = Rpc("/parley.chat.v1.MessageService/Unsend", "POST", "/v1/unsend", Empty)

USER_TO_BE = account_service_pb2.User(email="ann@example.com")
NEW_USER = account_service_pb2.CreateUserRequest(
    user=USER_TO_BE, password="correct horse"
)
ASK = message_service_pb2.SendMessageRequest(parent=NAME, text="Hello?")
ASK_FOR_IT = conversation_service_pb2.GetConversationRequest(name=NAME)
ASK_A_MODEL = generation_service_pb2.GenerateRequest(
    turns=[generation_pb2.Turn(role=generation_pb2.ROLE_USER, text="Hello?")]
)
HUGE = message_service_pb2.SendMessageRequest(parent=NAME, text="x" * 1_000_000)
MESSAGE = f"{NAME}/messages/{uuid4()}"
RESUME_IT = message_service_pb2.ResumeReplyRequest(name=MESSAGE)
A_NEW_ONE = conversation_service_pb2.CreateConversationRequest(parent=f"users/{USER}")
SHOW_IT = share_service_pb2.GetSharedConversationRequest(token="s" * 43)
EXPORT_IT = transfer_service_pb2.ExportConversationsRequest(parent=f"users/{USER}")
REFRESH_IT = session_service_pb2.RefreshSessionRequest()
EXCHANGE_IT = api_key_service_pb2.ExchangeApiKeyRequest()
EMPTY = Empty()
