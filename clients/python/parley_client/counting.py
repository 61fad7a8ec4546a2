"""How full a model's window is."""

from parley.chat.v1.conversation_service_pb2 import Conversation
from parley.chat.v1.message_pb2 import Message
from parley.chat.v1.message_pb2 import Role as Speaker
from parley.llm.v1 import generation_service_pb2 as pb
from parley.llm.v1.generation_pb2 import GenerationOptions, Role, Turn
from parley.llm.v1.generation_service_pb2 import CountTokensResponse
from parley_client.branches import branch
from parley_client.conversations import Conversations
from parley_client.errors import typed_errors
from parley_client.names import id_of
from parley_client.stubs import Stubs

MAX_TURNS = 1000
ROLES = {
    Speaker.ROLE_USER: Role.ROLE_USER,
    Speaker.ROLE_ASSISTANT: Role.ROLE_ASSISTANT,
}


class Counting:
    """Counts the tokens that a model would read."""

    def __init__(self, stubs: Stubs, conversations: Conversations) -> None:
        self._stubs = stubs.generation
        self._conversations = conversations

    async def count(
        self,
        conversation: Conversation | str,
        text: str,
        *,
        model: str,
        options: GenerationOptions | None,
    ) -> CountTokensResponse:
        """Count what would be read if this were said next, or is read as it is."""
        found = await self._conversations.get(conversation)
        messages = [m async for m in self._conversations.messages(found)]
        shown = branch(messages, found.current_message)
        turns = [turn(each) for each in shown if each.text or each.attachments]
        if text:
            turns.append(Turn(role=Role.ROLE_USER, text=text))
        request = pb.CountTokensRequest(
            generation=pb.GenerateRequest(
                model=model,
                turns=turns[-MAX_TURNS:],
                options=options,
                conversation=found.name,
            )
        )
        with typed_errors():
            return await self._stubs.CountTokens(request)


def turn(message: Message) -> Turn:
    """Return what a model is told of a message."""
    return Turn(
        role=ROLES.get(message.role, Role.ROLE_USER),
        text=message.text,
        id=id_of(message),
        attachments=message.attachments,
    )
