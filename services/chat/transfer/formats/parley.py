"""Parley's own file (`docs/transfer.md`): what is written is read again exactly."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, TypeGuard
from unicodedata import normalize
from uuid import UUID

from services.chat.conversations.model import (
    MAX_FOLDER_NAME,
    MAX_TAG,
    MAX_TAGS,
    MAX_TITLE,
    folded,
)
from services.chat.messages.model import MAX_ATTACHMENTS, MAX_COMMENT, MAX_MODEL
from services.chat.transfer.formats.beside import Taking
from services.chat.transfer.formats.problem import Report
from services.chat.transfer.formats.tree import Branches, Node
from services.chat.transfer.formats.values import (
    clean,
    count,
    elements,
    fit,
    key,
    members,
    moment,
    turn_text,
)
from services.chat.transfer.model import Role, State, Tree, Turn

PARTS = "messages"
FORMAT, VERSION = "parley", 1
MAX_ATTEMPT = 100
ROLES: dict[str, Role] = {"user": "user", "assistant": "assistant"}
STATES: dict[str, State] = {
    "completed": "completed",
    "stopped": "stopped",
    "failed": "failed",
}
SCORES: dict[str, Literal["good", "bad"]] = {"good": "good", "bad": "bad"}
# Why a reply can have failed or been stopped (`parley.error.v1.ErrorReason`): what chat
# says itself, what llm says of a model, and whatever llm may refuse a question with.
FAILURES = frozenset(
    {
        "INTERNAL",
        "UNAVAILABLE",
        "OVERLOADED",
        "REPLY_INTERRUPTED",
        "BUDGET_EXHAUSTED",
        "RATE_LIMITED",
        "MODEL_NOT_FOUND",
        "MODEL_UNAVAILABLE",
        "MODEL_CREDENTIALS",
        "MODEL_RATE_LIMITED",
        "MODEL_REJECTED",
        "MODEL_STALLED",
        "MODEL_PROTOCOL",
        "MODEL_WINDOW_EXCEEDED",
        "MODEL_BLOCKED",
        "FORBIDDEN",
        "PERMISSION_MISSING",
        "REAUTHENTICATION_REQUIRED",
        "INVALID_NAME",
        "INVALID_PAGE",
        "INVALID_FIELD",
        "REQUEST_ID_REUSED",
        "COLLECTION_NOT_FOUND",
        "DOCUMENT_NOT_FOUND",
        "PROMPT_NOT_FOUND",
        "ASSISTANT_NOT_FOUND",
        "MEMORY_NOT_FOUND",
        "TOOL_NOT_FOUND",
        "TOOL_CALL_NOT_FOUND",
        "TOO_MANY_COLLECTIONS",
        "TOO_MANY_DOCUMENTS",
        "TOO_MANY_PROMPTS",
        "TOO_MANY_ASSISTANTS",
        "TOO_MANY_MEMORIES",
        "DOCUMENT_TOO_LARGE",
        "DOCUMENT_UNSUPPORTED",
        "DOCUMENT_ENCRYPTED",
        "DOCUMENT_CORRUPT",
        "DOCUMENT_WITHOUT_TEXT",
        "DOCUMENT_TOO_COMPLEX",
        "UPLOAD_OUT_OF_ORDER",
        "UPLOAD_INCOMPLETE",
        "IMAGE_REJECTED",
    }
)
# What is good or bad about a reply (`parley.chat.v1.Rating.Reason`).
REASONS = frozenset(
    {"accuracy", "instructions", "style", "completeness", "safety", "other"}
)


class Parley:
    """Reads one conversation after the other."""

    def __init__(self, taking: Taking) -> None:
        self._now = taking.now
        self._owner = taking.owner
        self._heard = taking.heard

    def nodes(self, name: str | None, value: object, report: Report) -> list[Node]:
        """Read an element of `messages`."""
        message = members(value)
        known = key(message.get("id"))
        role = ROLES.get(str(message.get("role")))
        if known is None or role is None:
            report.note("messages without an id or a role left out")
            return []
        turn = self._turn(known, role, message, report)
        return [Node(known, key(message.get("parent")), turn)]

    def tree(
        self, shell: Mapping[str, object], nodes: Sequence[Node], report: Report
    ) -> Tree | None:
        """Join the nodes to a conversation, which may be an empty one."""
        branches = Branches(nodes, report)
        begin = moment(shell.get("create_time"), now=self._now) or self._now
        end = moment(shell.get("update_time"), now=self._now) or begin
        return Tree(
            title=fit(shell.get("title"), maximum=MAX_TITLE),
            create_time=begin,
            update_time=end,
            turns=branches.turns(),
            current=branches.kept(key(shell.get("current_message"))),
            tags=tags(elements(shell.get("tags"))),
            folder=fit(shell.get("folder"), maximum=MAX_FOLDER_NAME),
            pinned=shell.get("pinned") is True,
            archived=shell.get("archived") is True,
        )

    def _turn(
        self, known: str, role: Role, message: Mapping[str, object], report: Report
    ) -> Turn:
        time = moment(message.get("create_time"), now=self._now) or self._now
        said = Turn(
            key=known,
            parent=None,
            role=role,
            text=turn_text(message.get("text"), report),
            create_time=time,
            end_time=moment(message.get("end_time"), now=self._now) or time,
        )
        if role == "user":
            return replace(said, attachments=self._attached(message, report))
        usage = members(message.get("usage"))
        failure = str(message.get("failure_reason"))
        rating = members(message.get("rating"))
        score = SCORES.get(str(rating.get("score")))
        return replace(
            said,
            state=STATES.get(str(message.get("state")), "completed"),
            model=clean(message.get("model"), report)[:MAX_MODEL],
            failure=failure if failure in FAILURES else None,
            input_tokens=count(usage.get("input_tokens")),
            output_tokens=count(usage.get("output_tokens")),
            cost_micros=count(usage.get("cost_micros")),
            estimated=usage.get("estimated") is True,
            attempt=min(max(1, count(message.get("attempt"))), MAX_ATTEMPT),
            first_token_time=moment(message.get("first_token_time"), now=self._now),
            rating=score,
            rating_reasons=reasons(rating) if score else (),
            rating_comment=clean(rating.get("comment"), report)[:MAX_COMMENT]
            if score
            else "",
            beside=self._heard(message, self._owner, report),
        )

    def _attached(
        self, message: Mapping[str, object], report: Report
    ) -> tuple[str, ...]:
        """Return the documents that came with a message, of those of its owner."""
        names = elements(message.get("attachments"))
        found = [name for name in names[:MAX_ATTACHMENTS] if self._owns(name)]
        if len(found) < len(names):
            report.note("attachments that are not yours left out")
        return tuple(found)

    def _owns(self, name: object) -> TypeGuard[str]:
        """Tell whether something is the name of a document of whose file this is."""
        prefix = f"users/{self._owner}/documents/"
        return (
            isinstance(name, str)
            and name.startswith(prefix)
            and is_id(name.removeprefix(prefix))
        )


def is_id(text: str) -> bool:
    """Tell whether a text is a UUID, as names have it."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False


def tags(values: Sequence[object]) -> tuple[str, ...]:
    """Return tags as a conversation may have them."""
    found: dict[str, str] = {}
    for value in values[: 10 * MAX_TAGS]:
        tag = normalize("NFC", fit(value, maximum=MAX_TAG).strip(" "))
        if tag and len(found) < MAX_TAGS:
            found.setdefault(folded(tag), tag)
    return tuple(found.values())


def reasons(rating: Mapping[str, object]) -> tuple[str, ...]:
    """Return why a reply is good or bad, each reason once."""
    given = [each for each in elements(rating.get("reasons")) if isinstance(each, str)]
    return tuple(each for each in dict.fromkeys(given) if each in REASONS)
