"""What llm keeps and does beside generating, all of it scripted."""

from dataclasses import dataclass, field

import grpc

from parley.chat.v1 import erasure_service_pb2_grpc as chat_erasure_grpc
from parley.llm.v1 import (
    assistant_service_pb2_grpc,
    collection_service_pb2_grpc,
    document_service_pb2_grpc,
    erasure_service_pb2_grpc,
    image_service_pb2_grpc,
    memory_service_pb2_grpc,
    prompt_service_pb2_grpc,
    speech_service_pb2_grpc,
    tool_service_pb2_grpc,
)
from tests.clients.scripted_documents import ScriptedDocuments
from tests.clients.scripted_kept import ScriptedKept
from tests.clients.scripted_tools import (
    ScriptedChatErasure,
    ScriptedErasure,
    ScriptedTools,
)


@dataclass
class ScriptedLlm:
    """The parts of llm."""

    knowledge: ScriptedDocuments = field(default_factory=ScriptedDocuments)
    kept: ScriptedKept = field(default_factory=ScriptedKept)
    tools: ScriptedTools = field(default_factory=ScriptedTools)
    erasure: ScriptedErasure = field(default_factory=ScriptedErasure)
    chat_erasure: ScriptedChatErasure = field(default_factory=ScriptedChatErasure)

    def register(self, server: grpc.aio.Server) -> None:
        """Serve them."""
        documents, kept, tools = self.knowledge, self.kept, self.tools
        document_service_pb2_grpc.add_DocumentServiceServicer_to_server(
            documents, server
        )
        collection_service_pb2_grpc.add_CollectionServiceServicer_to_server(
            documents, server
        )
        prompt_service_pb2_grpc.add_PromptServiceServicer_to_server(kept, server)
        assistant_service_pb2_grpc.add_AssistantServiceServicer_to_server(kept, server)
        memory_service_pb2_grpc.add_MemoryServiceServicer_to_server(kept, server)
        tool_service_pb2_grpc.add_ToolServiceServicer_to_server(tools, server)
        speech_service_pb2_grpc.add_SpeechServiceServicer_to_server(tools, server)
        image_service_pb2_grpc.add_ImageServiceServicer_to_server(tools, server)
        erasure_service_pb2_grpc.add_ErasureServiceServicer_to_server(
            self.erasure, server
        )
        chat_erasure_grpc.add_ErasureServiceServicer_to_server(
            self.chat_erasure, server
        )
