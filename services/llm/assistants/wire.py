"""Assistants as protobuf."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from parley.llm.v1 import assistant_service_pb2 as pb
from parley.llm.v1 import generation_pb2 as generation_pb
from services.kit.caller import require
from services.kit.fields import InvalidField, text
from services.kit.lines import one_line
from services.kit.times import timestamp
from services.llm.assistants.model import (
    MAX_DESCRIPTION,
    MAX_INSTRUCTIONS,
    MAX_NAME,
    MAX_TOOLS,
    Assistant,
)
from services.llm.model import MAX_MODEL
from services.llm.names import AssistantName, PromptName
from services.llm.wanted import MAX_TEMPERATURE
from services.llm.wire import TOOLS, to_knowledge, to_tool

MUTABLE = (
    "display_name",
    "description",
    "instructions",
    "prompt",
    "model",
    "knowledge",
    "tools",
    "temperature",
)


def from_assistant(assistant: pb.Assistant, fields: Iterable[str]) -> dict[str, Any]:
    """Read what fields of an assistant are to be, as columns."""
    columns: dict[str, Any] = {}
    for field in fields:
        columns |= column_of(assistant, field)
    return columns


def column_of(assistant: pb.Assistant, field: str) -> dict[str, Any]:
    """Read one field, or refuse it."""
    name = f"assistant.{field}"
    match field:
        case "display_name":
            shown = assistant.display_name
            return {field: one_line(name, shown, minimum=1, maximum=MAX_NAME)}
        case "description":
            said = text(name, assistant.description, maximum=MAX_DESCRIPTION)
            return {field: said}
        case "instructions":
            told = text(name, assistant.instructions, maximum=MAX_INSTRUCTIONS)
            return {field: told}
        case "prompt":
            return {"prompt_id": prompt_of(assistant.prompt)}
        case "model":
            return {field: text(name, assistant.model, maximum=MAX_MODEL)}
        case "knowledge":
            knowledge = to_knowledge(name, assistant.knowledge)
            return {
                "knowledge_all": knowledge.all,
                "collections": [str(each) for each in knowledge.collections],
                "documents": [str(each) for each in knowledge.documents],
            }
        case "tools":
            return {field: tools_of(assistant.tools)}
        case _:
            return {"temperature": temperature_of(assistant)}


def prompt_of(name: str) -> UUID | None:
    """Read a prompt, which has to be the caller's own; None if there is no name."""
    if not name:
        return None
    prompt = PromptName.parse(name)
    require(prompt.user_id)
    return prompt.id


def tools_of(names: Iterable[str]) -> list[str]:
    """Read which tools may be called."""
    tools = list(dict.fromkeys(map(to_tool, names)))
    if len(tools) > MAX_TOOLS:
        raise InvalidField(field="assistant.tools", expected=f"at most {MAX_TOOLS}")
    return tools


def temperature_of(assistant: pb.Assistant) -> float | None:
    """Read how much is left to chance; None if it is the model's default."""
    if not assistant.HasField("temperature"):
        return None
    if not 0 <= assistant.temperature <= MAX_TEMPERATURE:
        raise InvalidField(field="assistant.temperature", expected="0 to 2")
    return assistant.temperature


def to_assistant(user_id: UUID, assistant: Assistant) -> pb.Assistant:
    """Put an assistant on the wire."""
    prompt = assistant.prompt_id
    return pb.Assistant(
        name=str(AssistantName(user_id, assistant.id)),
        display_name=assistant.display_name,
        description=assistant.description,
        instructions=assistant.instructions,
        prompt=str(PromptName(user_id, prompt)) if prompt else "",
        model=assistant.model,
        knowledge=generation_pb.Knowledge(
            all=assistant.knowledge_all,
            collections=assistant.collections,
            documents=assistant.documents,
        ),
        tools=[f"{TOOLS}{tool}" for tool in assistant.tools],
        temperature=assistant.temperature,
        create_time=timestamp(assistant.create_time),
        update_time=timestamp(assistant.update_time),
    )
