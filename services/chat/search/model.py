"""What one looks for, and what is found."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from services.chat.names import ConversationName, MessageName
from services.kit.errors import InvalidField

MAX_QUERY = 200
MAX_MODEL = 200
MAX_TERMS = 20
DEFAULT_PAGE = 20
MAX_PAGE = 100
# Characters of a message, and of a word, that are looked at: as in the migration.
MAX_TEXT = 100_000
MAX_WORD = 40

# What keyboards make of a quotation mark.
QUOTES = dict.fromkeys(map(ord, "“”„‟«»\uff02"), '"')
TERM = re.compile(r'(?P<unwanted>-?)(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))')


@dataclass(frozen=True, slots=True)
class Query:
    """Words that stand together, as the user wrote them: those wanted, those not."""

    wanted: tuple[str, ...]
    unwanted: tuple[str, ...]
    open_end: bool  # whether the last that is wanted is the beginning of a word

    @classmethod
    def parse(cls, text: str) -> "Query":
        """Read `word "words together" -unwanted begi`; no text is a syntax error."""
        wanted: list[str] = []
        unwanted: list[str] = []
        open_end = False
        for term in TERM.finditer(text.translate(QUOTES)):
            words = term["word"] or term["phrase"] or ""
            if not any(map(str.isalnum, words)):
                continue
            (unwanted if term["unwanted"] else wanted).append(words)
            open_end = bool(term["word"]) and not term["unwanted"]
        if not wanted:
            raise InvalidField(field="query", expected="a word to look for")
        if len(wanted) + len(unwanted) > MAX_TERMS:
            raise InvalidField(field="query", expected=f"at most {MAX_TERMS} words")
        return cls(tuple(wanted), tuple(unwanted), open_end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a user looks for, and where."""

    user_id: UUID
    query: Query
    start_time: datetime | None
    end_time: datetime | None
    model: str  # any if empty


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A message that was found."""

    name: MessageName
    title: str
    role: Literal["user", "assistant"]
    model: str
    create_time: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Results:
    """Messages that were found, the newest first, and what their words were."""

    found: tuple[Found, ...]
    # The words of each that was wanted, as they were compared: without case, accents.
    phrases: tuple[tuple[str, ...], ...]


def named(user_id: UUID, conversation_id: UUID, message_id: UUID) -> MessageName:
    """Name a message by its IDs."""
    return MessageName(ConversationName(user_id, conversation_id), message_id)
