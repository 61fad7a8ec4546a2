"""What assistants, prompts and memories make of what is wanted."""

import logging
from collections.abc import Mapping, Sequence
from random import Random
from uuid import UUID

from services.kit.caller import Forbidden
from services.kit.errors import Overloaded, Unavailable
from services.llm.assistants.model import Assistant
from services.llm.assistants.store import PostgresAssistants
from services.llm.generation.ports import Brief
from services.llm.memories.store import PostgresMemories
from services.llm.names import CollectionName, DocumentName, Owned, PromptName
from services.llm.prompts.model import chosen, rendered
from services.llm.prompts.store import PostgresPrompts
from services.llm.prompts.wire import version_name
from services.llm.wanted import NOWHERE, Knowledge, Wanted

log = logging.getLogger(__name__)


class PostgresBriefs:
    """Looks up what is named, and what is remembered of the user."""

    def __init__(
        self,
        assistants: PostgresAssistants,
        prompts: PostgresPrompts,
        memories: PostgresMemories,
        random: Random,
    ) -> None:
        self._assistants = assistants
        self._prompts = prompts
        self._memories = memories
        self._random = random

    async def brief(self, wanted: Wanted) -> Brief:
        user_id, options = wanted.user_id, wanted.options
        assistant = None
        if options.assistant:
            require_owner(user_id, options.assistant)
            assistant = await self._assistants.get(options.assistant)
        prompt, variables = options.prompt, options.prompt_variables
        if not prompt and assistant and assistant.prompt_id:
            prompt = PromptName(user_id, assistant.prompt_id)
        said, version = await self._said(user_id, prompt, variables)
        told = assistant.instructions if assistant else ""
        own = options.knowledge
        temperature = assistant.temperature if assistant else None
        return Brief(
            instructions="\n\n".join(filter(None, (said, told))),
            memories=tuple(await self._remembered(user_id)),
            model=wanted.model or (assistant.model if assistant else ""),
            knowledge=knowledge_of(assistant) if own.empty and assistant else own,
            tools=options.tools or tuple(assistant.tools if assistant else ()),
            temperature=(
                temperature if options.temperature is None else options.temperature
            ),
            prompt_version=version,
        )

    async def _said(
        self, user_id: UUID, prompt: PromptName | None, variables: Mapping[str, str]
    ) -> tuple[str, str]:
        """Return what a prompt says, and the name of the version that says it."""
        if not prompt:
            return "", ""
        require_owner(user_id, prompt)
        number = chosen(await self._prompts.weights(prompt), self._random)
        version = await self._prompts.version(prompt, number)
        return rendered(version.text, variables), version_name(prompt, number)

    async def _remembered(self, user_id: UUID) -> Sequence[str]:
        """Return what is remembered; an answer does not fail for want of it."""
        try:
            return await self._memories.texts(user_id)
        except (Unavailable, Overloaded):
            log.warning("an answer goes on without memories")
            return ()


def require_owner(user_id: UUID, name: Owned) -> None:
    """Refuse what is somebody else's, whether or not it is there."""
    if name.user_id != user_id:
        raise Forbidden


def knowledge_of(assistant: Assistant) -> Knowledge:
    """Say where an assistant looks for passages."""
    found = Knowledge(
        all=assistant.knowledge_all,
        collections=tuple(map(CollectionName.parse, assistant.collections)),
        documents=tuple(map(DocumentName.parse, assistant.documents)),
    )
    return NOWHERE if found.empty else found
