"""What several requests say alike, as protobuf."""

from collections.abc import Iterable, Mapping

from parley.llm.v1 import generation_pb2 as pb
from services.kit import fields
from services.kit.access import Permission, scope_of
from services.kit.caller import current
from services.kit.fields import InvalidField
from services.kit.names import InvalidName
from services.kit.permits import permit_also
from services.llm.members import Member
from services.llm.names import CollectionName, DocumentName
from services.llm.wanted import Knowledge

MAX_COLLECTIONS = 20
MAX_DOCUMENTS = 100
MAX_VARIABLES = 50
MAX_VARIABLE = 8_000  # characters
TOOLS = "tools/"
# What a model reads for somebody they have to be let to read.
KNOWLEDGE = scope_of(Permission.PERMISSION_KNOWLEDGE)
CHAT = scope_of(Permission.PERMISSION_CHAT)
# Tools that read what another permission is for.
READING = {"search_documents": KNOWLEDGE, "search_conversations": CHAT}


def reader() -> Member:
    """Return who calls, as somebody who reads."""
    caller = current()
    return Member(caller.user_id, caller.groups)


def to_documents(
    field: str, names: Iterable[str], maximum: int
) -> tuple[DocumentName, ...]:
    """Read names of documents, which may be shared with the caller."""
    found = tuple(dict.fromkeys(map(DocumentName.parse, names)))
    if found:
        permit_also(KNOWLEDGE)
    if len(found) > maximum:
        raise InvalidField(field=field, expected=f"at most {maximum}")
    return found


def to_variables(field: str, given: Mapping[str, str]) -> Mapping[str, str]:
    """Read what the variables of a prompt stand for."""
    variables = dict(given)
    if len(variables) > MAX_VARIABLES:
        expected = f"at most {MAX_VARIABLES}"
        raise InvalidField(field=field, expected=expected)
    for name, value in variables.items():
        fields.text(
            f"options.prompt_variables[{name[:64]}]", value, maximum=MAX_VARIABLE
        )
    return variables


def to_knowledge(field: str, knowledge: pb.Knowledge) -> Knowledge:
    """Read where to look for passages; whose they are is asked later."""
    if knowledge.all or knowledge.collections:
        permit_also(KNOWLEDGE)
    collections = tuple(dict.fromkeys(map(CollectionName.parse, knowledge.collections)))
    if len(collections) > MAX_COLLECTIONS:
        expected = f"at most {MAX_COLLECTIONS}"
        raise InvalidField(field=f"{field}.collections", expected=expected)
    return Knowledge(
        all=knowledge.all,
        collections=collections,
        documents=to_documents(
            f"{field}.documents", knowledge.documents, MAX_DOCUMENTS
        ),
    )


def to_tool(name: str) -> str:
    """Read `tools/{tool}`."""
    tool = name.removeprefix(TOOLS)
    if not name.startswith(TOOLS) or not tool or "/" in tool:
        raise InvalidName(name=name[:200], expected="tools/*")
    if tool in READING:
        permit_also(READING[tool])
    return tool
