"""What a caller wants an answer to, before anything is looked up for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from services.llm.members import Member
from services.llm.model import Effort, Turn
from services.llm.names import AssistantName, CollectionName, DocumentName, PromptName

MAX_TEMPERATURE = 2.0


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Where to look for passages."""

    all: bool = False  # all of the user's documents, and those shared with them
    collections: tuple[CollectionName, ...] = ()
    documents: tuple[DocumentName, ...] = ()
    attached: tuple[DocumentName, ...] = ()  # as far as they can be read by now

    @property
    def empty(self) -> bool:
        """Tell whether there is nowhere to look."""
        return not (self.all or self.collections or self.documents or self.attached)


NOWHERE = Knowledge()


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an answer is to come about, beside what was said."""

    assistant: AssistantName | None = None
    prompt: PromptName | None = None
    prompt_variables: Mapping[str, str] = field(default_factory=dict)
    knowledge: Knowledge = NOWHERE
    tools: tuple[str, ...] = ()
    response_schema: str = ""  # a JSON Schema that the answer has to follow
    temperature: float | None = None
    effort: Effort | None = None
    cached: bool = False  # an answer given to exactly this before will do


DEFAULTS = Options()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a caller wants an answer to, as they said it."""

    user_id: UUID
    groups: frozenset[UUID] = frozenset()  # that they are in
    turns: tuple[Turn, ...]
    model: str = ""  # empty for the assistant's, or the default
    max_output_tokens: int = 0  # 0 for the provider's default
    options: Options = DEFAULTS
    conversation_id: UUID | None = None

    @property
    def member(self) -> Member:
        """Who wants it, as documents are read."""
        return Member(self.user_id, self.groups)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """How full a model's window is, in tokens."""

    model: str
    system: int
    turns: int
    summary: int
    dropped_turns: int
    window: int  # 0 if not known
    output: int  # of it, kept free for the answer
    exceeded: bool  # not even what was said last fits
    exact: bool  # counted by the model's own tokenizer

    @property
    def left(self) -> int | None:
        """What is left for what tools return; None if the window is not known."""
        return max(0, self.window - self.output - self.total) if self.window else None

    @property
    def total(self) -> int:
        """All that the model reads."""
        return self.system + self.turns + self.summary
