"""What stands beside a reply's text, as Parley's own file has it."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from google.protobuf.message import Message
from uuid_utils.compat import uuid7

from parley.llm.v1 import generation_pb2 as llm_pb
from services.chat.messages.beside import MAX_NOTES, Beside, Note, unpacked
from services.chat.transfer.formats.problem import Report
from services.chat.transfer.formats.values import clean, count, elements, members

CITATION = ("number", "document", "display_name", "page", "section", "start_offset",
            "end_offset", "quote")  # fmt: skip
CALL = ("tool", "display_name", "arguments", "result", "truncated")
RETRIEVAL = ("passages", "degraded")
# How a call can have ended; in a file, none is under way.
STATES = {
    "succeeded": llm_pb.ToolCall.STATE_SUCCEEDED,
    "failed": llm_pb.ToolCall.STATE_FAILED,
    "denied": llm_pb.ToolCall.STATE_DENIED,
}
NO_ROOM = "citations and uses of tools for which there is no room left out"
MAX_INT = 2**31 - 1
MAX_NAME = 200

M = TypeVar("M", bound=Message)


def told(packed: bytes | None) -> dict[str, Any]:
    """Return the members of a message that say it; none for what there is not."""
    thought, notes = unpacked(packed)
    said: dict[str, Any] = {"reasoning": thought} if thought else {}
    for key, value in notes:
        match key.partition("/")[0]:
            case "citation":
                citation = llm_pb.Citation.FromString(value)
                said.setdefault("citations", []).append(listed(citation, CITATION))
            case "tool_call":
                call = llm_pb.ToolCall.FromString(value)
                said.setdefault("tool_calls", []).append(
                    {**listed(call, CALL), "state": ended(call)}
                )
            case "retrieval":
                found = llm_pb.Retrieval.FromString(value)
                said["retrieval"] = listed(found, RETRIEVAL)
            case "prompt_version":
                said["prompt_version"] = value.decode()
    return said


def heard(message: Mapping[str, object], owner: UUID, report: Report) -> bytes | None:
    """Read it as it is stored; what there is no room for is left out."""
    beside = Beside()
    beside.think(clean(message.get("reasoning"), report))
    for value in some(message.get("citations"), report):
        citation = filled(llm_pb.Citation(), value, CITATION, report)
        keep(beside, f"citation/{citation.number}", citation, report)
    for value in some(message.get("tool_calls"), report):
        call = filled(llm_pb.ToolCall(), value, CALL, report)
        call.name = f"users/{owner}/toolCalls/{uuid7()}"
        state = STATES.get(str(members(value).get("state")))
        call.state = state or llm_pb.ToolCall.STATE_FAILED
        keep(beside, f"tool_call/{call.name}", call, report)
    if found := members(message.get("retrieval")):
        retrieval = filled(llm_pb.Retrieval(), found, RETRIEVAL, report)
        keep(beside, "retrieval", retrieval, report)
    if version := clean(message.get("prompt_version"), report)[:MAX_NAME]:
        beside.note(Note(0, "prompt_version", version.encode()))
    return beside.packed()


def some(value: object, report: Report) -> list[object]:
    """Return as many elements as there can be room for: a file may have a million."""
    found = elements(value)
    if len(found) > MAX_NOTES:
        report.note(NO_ROOM)
    return found[:MAX_NOTES]


def keep(beside: Beside, key: str, value: Message, report: Report) -> None:
    """Add what there is room for."""
    if not beside.note(Note(0, key, value.SerializeToString())):
        report.note(NO_ROOM)


def listed(message: Message, names: Sequence[str]) -> dict[str, Any]:
    """Return some fields by their names."""
    return {name: getattr(message, name) for name in names}


def filled(message: M, value: object, names: Sequence[str], report: Report) -> M:
    """Set some fields to what a file says, where it is of their kind."""
    said = members(value)
    for name in names:
        match getattr(message, name):
            case bool():
                setattr(message, name, said.get(name) is True)
            case int():
                setattr(message, name, min(count(said.get(name)), MAX_INT))
            case _:
                setattr(message, name, clean(said.get(name), report))
    return message


def ended(call: llm_pb.ToolCall) -> str:
    """Say how a call ended; one that is under way ends here."""
    words = (word for word, state in STATES.items() if state == call.state)
    return next(words, "failed")
